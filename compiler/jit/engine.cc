#include "compiler/jit/engine.h"

#include <fmt/format.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <numeric>
#include <span>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"
#include "compiler/codegen/abi_types.h"
#include "compiler/codegen/module.h"
#include "compiler/jit/optimize.h"
#include "compiler/plan/eval.h"

namespace bylaw::jit {

namespace orc = llvm::orc;

namespace {

// So many functions a module: a page of code for each is wasted otherwise, and mappings are few.
constexpr size_t kFunctionsPerModule = 64;

// LLVM's words are for us, not for users.
absl::Status Failure(const char* what, llvm::Error error) {
  llvm::consumeError(std::move(error));
  return absl::InternalError(fmt::format("the compiler of policies failed to {}", what));
}

llvm::Expected<orc::JITTargetMachineBuilder> HostMachine(OptLevel level) {
  static const bool kReady = [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    return true;
  }();
  static_cast<void>(kReady);
  llvm::Expected<orc::JITTargetMachineBuilder> builder = orc::JITTargetMachineBuilder::detectHost();
  if (builder) {
    builder->setCodeGenOptLevel(level == OptLevel::kO0 ? llvm::CodeGenOptLevel::None : llvm::CodeGenOptLevel::Default);
  }
  return builder;
}

}  // namespace

struct Library::Tracker {
  orc::ResourceTrackerSP resources;
};

class Engine {
 public:
  Engine(OptLevel level, std::unique_ptr<orc::LLJIT> jit, std::unique_ptr<llvm::TargetMachine> machine)
      : level_(level), jit_(std::move(jit)), machine_(std::move(machine)) {}

  orc::LLJIT& jit() { return *jit_; }
  std::string NextName() { return fmt::format("image-{}", next_image_.fetch_add(1)); }

  // Programs of a plan, by number, as a module that is optimized for this engine.
  std::unique_ptr<llvm::Module> Lower(llvm::LLVMContext& context, const codegen::SymbolTable& symbols,
                                      std::span<const size_t> programs, codegen::Mutant mutant) {
    auto module = codegen::LowerPrograms(context, symbols, kPrefix, programs, mutant);
    Prepare(*module);
    return module;
  }

  // For this machine, and as fast as this engine's level asks.
  void Prepare(llvm::Module& module) {
    MutexLock lock(&mutex_);
    module.setDataLayout(machine_->createDataLayout());
    module.setTargetTriple(machine_->getTargetTriple().str());
    if (level_ == OptLevel::kO2) Optimize(module, *machine_);
  }

  absl::StatusOr<std::string> Assembly(llvm::Module& module) {
    MutexLock lock(&mutex_);
    llvm::SmallVector<char, 0> text;
    llvm::raw_svector_ostream stream(text);
    llvm::legacy::PassManager passes;
    if (machine_->addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::AssemblyFile)) {
      return absl::InternalError("the compiler of policies cannot print assembly for this machine");
    }
    passes.run(module);
    return std::string(text.begin(), text.end());
  }

  static constexpr char kPrefix[] = "step_";

 private:
  const OptLevel level_;
  const std::unique_ptr<orc::LLJIT> jit_;
  std::atomic<uint64_t> next_image_{0};
  Mutex mutex_;
  std::unique_ptr<llvm::TargetMachine> machine_ ABSL_GUARDED_BY(mutex_);  // describes the target to the optimizer
};

namespace {

absl::StatusOr<std::shared_ptr<Engine>> MakeEngine(OptLevel level) {
  llvm::Expected<orc::JITTargetMachineBuilder> host = HostMachine(level);
  if (!host) return Failure("describe this machine", host.takeError());
  auto machine = host->createTargetMachine();
  if (!machine) return Failure("describe this machine", machine.takeError());
  auto jit = orc::LLJITBuilder().setJITTargetMachineBuilder(std::move(*host)).create();
  if (!jit) return Failure("start", jit.takeError());
  llvm::LLVMContext context;
  codegen::CheckLayout((*jit)->getDataLayout(), context);
  return std::make_shared<Engine>(level, std::move(*jit), std::move(*machine));
}

using Symbols = std::vector<std::pair<std::string, const void*>>;

llvm::Error DefineSymbols(orc::LLJIT& jit, const Symbols& symbols, orc::JITDylib& library) {
  orc::SymbolMap map;
  for (const auto& [name, address] : symbols) {
    map[jit.mangleAndIntern(name)] = {orc::ExecutorAddr::fromPtr(const_cast<void*>(address)),
                                      llvm::JITSymbolFlags::Exported};
  }
  return library.define(orc::absoluteSymbols(std::move(map)));
}

// An empty library that knows the symbols.
absl::StatusOr<std::unique_ptr<Library>> OpenLibrary(const std::shared_ptr<Engine>& engine, const Symbols& symbols) {
  orc::LLJIT& jit = engine->jit();
  llvm::Expected<orc::JITDylib&> library = jit.createJITDylib(engine->NextName());
  if (!library) return Failure("open an image", library.takeError());
  auto tracker = std::make_unique<Library::Tracker>(Library::Tracker{library->getDefaultResourceTracker()});
  auto opened = std::make_unique<Library>(engine, std::move(tracker));
  if (llvm::Error error = DefineSymbols(jit, symbols, *library)) {
    return Failure("name the tables of an image", std::move(error));
  }
  return opened;
}

codegen::Mutant MutantOf(const CompileRequest& request) { return static_cast<codegen::Mutant>(request.mutant); }

// What compiling a step takes rises faster than its endpoints, rules and rungs: one of thousands takes seconds and
// hundreds of megabytes, so the evaluator decides it. Where an image is only asked about a few witnesses, the sum over
// its steps counts too.
constexpr size_t kStepSizeMax = 1'000;
constexpr size_t kReplaySizeMax = 10'000;

size_t SizeOf(const plan::StepProgram& program) {
  size_t size = 20 + program.rules.size() + program.rungs.size();
  for (const plan::Call& call : program.calls) size += call.servers.size() + call.candidates.size();
  return size;
}

// The programs that become machine code, by number.
std::vector<size_t> Compilable(const plan::Plan& plan) {
  size_t left = plan.tables.replay_only ? kReplaySizeMax : std::numeric_limits<size_t>::max();
  std::vector<size_t> compilable;
  for (size_t i = 0; i < plan.programs.size(); ++i) {
    const size_t size = SizeOf(*plan.programs[i]);
    if (size > std::min(kStepSizeMax, left)) continue;
    left -= size;
    compilable.push_back(i);
  }
  return compilable;
}

std::vector<size_t> AllOf(size_t count) {
  std::vector<size_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), size_t{0});
  return numbers;
}

// Compiles functions named PREFIX and their number, some of them a module; in the order of their numbers.
template <typename Function, typename Lower>
absl::StatusOr<std::vector<Function>> Compile(Engine& engine, Library& library, std::span<const size_t> numbers,
                                              const char* prefix, const Lower& lower) {
  const orc::ResourceTrackerSP& tracker = library.tracker().resources;
  for (size_t begin = 0; begin < numbers.size(); begin += kFunctionsPerModule) {
    auto context = std::make_unique<llvm::LLVMContext>();
    auto module = lower(*context, numbers.subspan(begin, std::min(kFunctionsPerModule, numbers.size() - begin)));
    if (llvm::Error error = engine.jit().addIRModule(tracker, {std::move(module), std::move(context)})) {
      return Failure("take in an image", std::move(error));
    }
  }
  std::vector<Function> functions;
  for (const size_t i : numbers) {
    auto address = engine.jit().lookup(tracker->getJITDylib(), codegen::FunctionName(prefix, i));
    if (!address) return Failure("compile a step", address.takeError());
    functions.push_back(address->toPtr<Function>());
  }
  return functions;
}

}  // namespace

Library::Library(std::shared_ptr<Engine> engine, std::unique_ptr<Tracker> tracker)
    : engine_(std::move(engine)), tracker_(std::move(tracker)) {}

Library::~Library() {
  orc::JITDylib& library = tracker_->resources->getJITDylib();
  llvm::cantFail(tracker_->resources->remove());
  llvm::cantFail(engine_->jit().getExecutionSession().removeJITDylib(library));
}

absl::StatusOr<std::shared_ptr<Engine>> EngineFor(OptLevel level) {
  using Made = absl::StatusOr<std::shared_ptr<Engine>>;
  if (level == OptLevel::kO0) {
    static const auto* const kO0 = new Made(MakeEngine(OptLevel::kO0));
    return *kO0;
  }
  static const auto* const kO2 = new Made(MakeEngine(OptLevel::kO2));
  return *kO2;
}

absl::StatusOr<std::shared_ptr<const Code>> CompileCode(const std::shared_ptr<Engine>& engine,
                                                        const CompileRequest& request) {
  auto code = std::make_shared<Code>();
  code->symbols = std::make_unique<codegen::SymbolTable>(request.plan);
  auto library = OpenLibrary(engine, code->symbols->symbols());
  if (!library.ok()) return library.status();
  code->library = *std::move(library);
  const std::vector<size_t> compilable = Compilable(*request.plan);
  const auto functions =
      Compile<abi::DecideFn>(*engine, *code->library, compilable, Engine::kPrefix,
                             [&](llvm::LLVMContext& context, std::span<const size_t> programs) {
                               return engine->Lower(context, *code->symbols, programs, MutantOf(request));
                             });
  if (!functions.ok()) return functions.status();
  code->functions.assign(request.plan->programs.size(), &plan::EvaluateStep);
  for (size_t i = 0; i < compilable.size(); ++i) code->functions[compilable[i]] = (*functions)[i];
  return code;
}

absl::StatusOr<std::shared_ptr<const ExpressionCode>> CompileExpressionCode(const std::shared_ptr<Engine>& engine,
                                                                            codegen::Expressions expressions) {
  auto code = std::make_shared<ExpressionCode>();
  code->symbols = std::make_unique<codegen::ExpressionSymbols>(expressions);
  auto library = OpenLibrary(engine, code->symbols->symbols());
  if (!library.ok()) return library.status();
  code->library = *std::move(library);
  constexpr char kPrefix[] = "expression_";
  const std::vector<size_t> all = AllOf(expressions.size());
  auto functions = Compile<ExpressionFn>(
      *engine, *code->library, all, kPrefix, [&](llvm::LLVMContext& context, std::span<const size_t> some) {
        auto module =
            codegen::LowerExpressions(context, *code->symbols, expressions, kPrefix, some.front(), some.back() + 1);
        engine->Prepare(*module);
        return module;
      });
  if (!functions.ok()) return functions.status();
  code->functions = *std::move(functions);
  return code;
}

absl::StatusOr<std::string> DumpModule(const CompileRequest& request, bool assembly) {
  absl::StatusOr<std::shared_ptr<Engine>> engine = EngineFor(request.level);
  if (!engine.ok()) return engine.status();
  const codegen::SymbolTable symbols(request.plan);
  llvm::LLVMContext context;
  const std::vector<size_t> all = AllOf(request.plan->programs.size());
  auto module = (*engine)->Lower(context, symbols, all, MutantOf(request));
  if (assembly) return (*engine)->Assembly(*module);
  std::string text;
  llvm::raw_string_ostream stream(text);
  module->print(stream, nullptr);
  return stream.str();
}

}  // namespace bylaw::jit
