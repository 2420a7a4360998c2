#include "runtime/budget/ledger.h"

#include "runtime/budget/ledger_check_inl.h"
#include "runtime/budget/ledger_inl.h"

namespace bylaw::budget {

template class BasicLedger<NoFaults>;

}  // namespace bylaw::budget
