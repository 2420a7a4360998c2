// BYLAW_CHECK: an invariant of ours that must hold, in release builds as well.
//
// A failed check is a bug in Bylaw, never a user's mistake: users get diagnostics, environments get absl::Status,
// policy outcomes are Decision values. A failed check prints place, condition and message, and aborts.
#ifndef BYLAW_BASE_CHECK_H_
#define BYLAW_BASE_CHECK_H_

namespace bylaw {

[[noreturn]] void CheckFailed(const char* file, int line, const char* condition, const char* message);

}  // namespace bylaw

#define BYLAW_CHECK(condition, message)                              \
  do {                                                               \
    if (!(condition)) [[unlikely]]                                   \
      ::bylaw::CheckFailed(__FILE__, __LINE__, #condition, message); \
  } while (false)

#define BYLAW_UNREACHABLE(message) ::bylaw::CheckFailed(__FILE__, __LINE__, "unreachable", message)

#endif  // BYLAW_BASE_CHECK_H_
