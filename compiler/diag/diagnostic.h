// What the compiler has to say to a person about one mistake.
//
// A Diagnostic has one kind (kind.def), one primary place, a message that can be read aloud, notes that point at the
// other places involved, and help lines that print the sentence to write. Messages are lower case without full stop.
// Phases add to a Sink and go on; they never stop at the first mistake. Not thread-safe.
#ifndef BYLAW_COMPILER_DIAG_DIAGNOSTIC_H_
#define BYLAW_COMPILER_DIAG_DIAGNOSTIC_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/source/source.h"

namespace bylaw::diag {

enum class Severity : uint8_t { kError, kWarning };

enum class Kind : uint8_t {
#define BYLAW_KIND(enumerator, name, severity, meaning) k##enumerator,
#include "compiler/diag/kind.def"
#undef BYLAW_KIND
};

// "residency-violation".
std::string_view KindName(Kind kind);
// The severity without --strict.
Severity KindSeverity(Kind kind);
// The one-line meaning of kind.def.
std::string_view KindMeaning(Kind kind);
// All kinds in the order of kind.def.
const std::vector<Kind>& AllKinds();
std::optional<Kind> KindByName(std::string_view name);

// A line of context. With a span it is shown as an excerpt of that place ("::: tenants.bylaw:34:3"), without one as
// "= note: text". `label` is "note", "path", "also", "assuming", ….
struct Note {
  std::string label = "note";
  std::string text;
  source::Span span;
};

struct Diagnostic {
  Kind kind;
  Severity severity;
  source::Span span;    // the primary place
  std::string message;  // first line
  std::string caret;    // printed after the carets; may be empty
  std::vector<Note> notes;
  std::vector<std::string> help;
  std::vector<std::string> witness = {};  // the counterexample a theorem was refuted by, a line a step of the story
};

// Collects diagnostics. The same (kind, place, message) is kept once. Past `limit` errors only the count goes on.
class Sink {
 public:
  explicit Sink(size_t limit = 100) : limit_(limit) {}

  // Adds one and returns it for notes and help to be attached. The reference is valid until the next Add.
  Diagnostic& Add(Kind kind, source::Span span, std::string message);

  bool has_errors() const { return errors_ > 0; }
  size_t error_count() const { return errors_; }
  // How many were dropped by the limit.
  size_t suppressed() const { return suppressed_; }
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }
  // Turns every warning into an error (`--strict`).
  void MakeStrict();
  // Sorts by file, place and kind, so that output does not depend on the order of phases.
  void SortByPlace();

 private:
  size_t limit_;
  size_t errors_ = 0;
  size_t suppressed_ = 0;
  std::vector<Diagnostic> diagnostics_;
  std::optional<Diagnostic> overflow_;  // takes notes meant for a dropped or repeated diagnostic
};

// The candidate nearest to `name` by edit distance (Damerau, at most a third of its length, ties by first), or "".
std::string NearestName(std::string_view name, const std::vector<std::string_view>& candidates);

}  // namespace bylaw::diag

#endif  // BYLAW_COMPILER_DIAG_DIAGNOSTIC_H_
