// The world: countries, places, regions, adequacy decisions, the time zone; and what names of places mean.
//
// Internal to sema/.
#ifndef BYLAW_COMPILER_SEMA_WORLD_H_
#define BYLAW_COMPILER_SEMA_WORLD_H_

#include <optional>
#include <vector>

#include "compiler/sema/context.h"

namespace bylaw::sema {

// One file of the compilation, and whether it belongs to the standard library (whose names a policy may restate).
struct InputFile {
  const syntax::File* tree = nullptr;
  bool standard = false;
};

// Time zone, countries, regions and places; then activation and horizon. Everything that names a place comes later.
void ReadWorld(Context& context, const std::vector<InputFile>& files);
// Adequacy decisions. A policy's own decisions replace the standard library's for the same two places.
void ReadAdequacies(Context& context, const std::vector<InputFile>& files);

// Where a thing is that is `in NAME`; nothing (with a diagnostic) if the name is unknown.
std::optional<Location> LocationOf(Context& context, const syntax::Name& name, ClauseId clause);
std::optional<PlaceSet> PlaceSetOf(Context& context, const syntax::PlaceList& list);
CertificateId InternCertificate(Context& context, const syntax::Name& name);
// Adds `certified by …` to the certificates of one thing.
void AddCertificate(Context& context, const syntax::CertifiedTerm& term, Level level, const std::string& owner,
                    std::vector<Certificate>& certificates);
// Names of regions, places and countries, for "did you mean".
std::vector<std::string_view> PlaceNames(const Context& context);

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_WORLD_H_
