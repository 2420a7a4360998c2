#include "compiler/diag/diagnostic.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <tuple>
#include <utility>

#include "base/check.h"

namespace bylaw::diag {
namespace {

struct KindRow {
  std::string_view name;
  Severity severity;
  std::string_view meaning;
};

constexpr KindRow kKinds[] = {
#define BYLAW_KIND(enumerator, name, severity, meaning) {name, Severity::severity, meaning},
#include "compiler/diag/kind.def"
#undef BYLAW_KIND
};

const KindRow& Row(Kind kind) { return kKinds[static_cast<size_t>(kind)]; }

// Optimal string alignment distance (Damerau–Levenshtein without repeated edits of one substring).
// Above `most` it is not worked out: some larger number is returned.
size_t EditDistance(std::string_view a, std::string_view b, size_t most) {
  // What both begin or end with costs nothing; in a file of thousands of like names that is most of each.
  while (!a.empty() && !b.empty() && a.front() == b.front()) a.remove_prefix(1), b.remove_prefix(1);
  while (!a.empty() && !b.empty() && a.back() == b.back()) a.remove_suffix(1), b.remove_suffix(1);
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  size_t least = 0;  // of the row before
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    const size_t row_least = *std::min_element(row.begin(), row.end());
    if (least > most && row_least > most) return most + 1;  // an exchange looks two rows back
    least = row_least;
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::string_view KindName(Kind kind) { return Row(kind).name; }
Severity KindSeverity(Kind kind) { return Row(kind).severity; }
std::string_view KindMeaning(Kind kind) { return Row(kind).meaning; }

const std::vector<Kind>& AllKinds() {
  static const std::vector<Kind> kAll = [] {
    std::vector<Kind> all;
    for (size_t i = 0; i < std::size(kKinds); ++i) all.push_back(static_cast<Kind>(i));
    return all;
  }();
  return kAll;
}

std::optional<Kind> KindByName(std::string_view name) {
  for (const Kind kind : AllKinds()) {
    if (KindName(kind) == name) return kind;
  }
  return std::nullopt;
}

Diagnostic& Sink::Add(Kind kind, Severity severity, source::Span span, std::string message) {
  Diagnostic diagnostic{kind, severity, span, std::move(message), "", {}, {}};
  const bool repeated = std::any_of(diagnostics_.begin(), diagnostics_.end(), [&](const Diagnostic& d) {
    return d.kind == kind && d.span == span && d.message == diagnostic.message;
  });
  const bool error = diagnostic.severity == Severity::kError;
  if (!repeated && error) ++errors_;
  if (repeated || diagnostics_.size() >= limit_) {
    if (!repeated) ++suppressed_;
    return overflow_.emplace(std::move(diagnostic));
  }
  return diagnostics_.emplace_back(std::move(diagnostic));
}

void Sink::MakeStrict() {
  for (Diagnostic& diagnostic : diagnostics_) {
    if (diagnostic.severity == Severity::kWarning) {
      diagnostic.severity = Severity::kError;
      ++errors_;
    }
  }
}

void Sink::SortByPlace() {
  const auto key = [](const Diagnostic& d) { return std::tuple(d.span.file, d.span.begin, d.span.end, d.kind); };
  std::stable_sort(diagnostics_.begin(), diagnostics_.end(),
                   [&](const Diagnostic& a, const Diagnostic& b) { return key(a) < key(b); });
}

std::string NearestName(std::string_view name, const std::vector<std::string_view>& candidates) {
  const size_t allowed = std::max<size_t>(1, name.size() / 3);
  const auto common = [&](std::string_view candidate) {
    return std::mismatch(name.begin(), name.end(), candidate.begin(), candidate.end()).first - name.begin();
  };
  std::string_view best;
  size_t best_distance = allowed + 1;
  const auto equals = [&](std::string_view candidate) {
    return std::equal(name.begin(), name.end(), candidate.begin(), candidate.end(),
                      [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
  };
  for (const std::string_view candidate : candidates) {
    if (candidate != name && equals(candidate)) return std::string(candidate);  // only its capitals differ
    if (candidate.size() > name.size() + allowed || name.size() > candidate.size() + allowed) continue;
    const size_t distance = EditDistance(name, candidate, best_distance);
    if (distance < best_distance || (distance == best_distance && !best.empty() && common(candidate) > common(best))) {
      best = candidate;
      best_distance = distance;
    }
  }
  return std::string(best);
}

}  // namespace bylaw::diag
