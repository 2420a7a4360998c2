// Text values of settings and of tests, at addresses that outlive every copy of the Program.
#ifndef BYLAW_COMPILER_SEMA_TEXT_POOL_H_
#define BYLAW_COMPILER_SEMA_TEXT_POOL_H_

#include <deque>
#include <string>
#include <string_view>

#include "runtime/abi/decision.h"

namespace bylaw::sema {

class TextPool {
 public:
  const abi::Text* Intern(std::string_view text);
  // A list of one text.
  const abi::TextList* InternList(std::string_view text);

 private:
  std::deque<std::string> strings_;
  std::deque<abi::Text> texts_;
  std::deque<abi::TextList> lists_;
};

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_TEXT_POOL_H_
