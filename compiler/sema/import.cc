#include "compiler/sema/import.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/csv.h"
#include "compiler/sema/cell_value.h"
#include "compiler/sema/contracts.h"
#include "compiler/sema/import_column.h"
#include "compiler/sema/values.h"

namespace bylaw::sema {
namespace {

constexpr size_t kColumnsMax = 1'000;  // each is compared with all the others

// One item of a cell, trimmed, with its own place.
struct Item {
  std::string_view text;
  Span span;
};

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

class Importer {
 public:
  Importer(Context& context, Tenancy& tenancy, const syntax::TenantsFromDecl& decl, source::FileId file)
      : context_(context), tenancy_(tenancy), decl_(decl), file_(file), reader_(context.sources.text(file)) {
    cell_.file = decl.path.text;
  }

  void Read() {
    const Membership membership = MembershipOf(context_, fmt::format("tenants from \"{}\"", decl_.path.text),
                                               decl_.path.span, decl_.tier, decl_.klass, decl_.org);
    context_.import = &cell_;
    std::vector<CsvCell> row;
    if (!reader_.Next(row)) {
      Whole("the file has no header", "start with a line such as `tenant,regulations,workflows_at_once`");
    } else if (ReadHeader(row)) {
      while (reader_.Next(row)) ReadRow(row, membership);
    }
    context_.import = nullptr;
  }

 private:
  Span SpanOf(const CsvCell& cell) const { return Span{file_, cell.begin, cell.end}; }

  void At(const CsvCell& cell, std::string_view column) {
    cell_.row = reader_.row();
    cell_.column = column;
    cell_.span = SpanOf(cell);
  }
  diag::Diagnostic& Bad(std::string message) {
    return context_.Report(Kind::kImportRow, cell_.span, std::move(message));
  }

  // A mistake of the file as a whole, or of a row as a whole.
  void Whole(std::string message, std::string help) {
    context_.sink
        .Add(Kind::kImportRow, cell_.span.valid() ? cell_.span : Span{file_, 0, 0},
             cell_.row == 0 ? fmt::format("{}: {}", cell_.file, message)
                            : fmt::format("{}, row {}: {}", cell_.file, cell_.row, message))
        .help.push_back(std::move(help));
  }

  bool ReadHeader(const std::vector<CsvCell>& row) {
    bool tenant = false, complete = true;
    if (row.size() > kColumnsMax) {
      context_.sink
          .Add(Kind::kInputTooLarge, SpanOf(row[0]),
               fmt::format("{}: a header of more than {} columns", cell_.file, kColumnsMax))
          .help.emplace_back("leave out the columns that say nothing");
      return false;
    }
    for (const CsvCell& cell : row) {
      At(cell, cell.text);
      columns_.push_back(ColumnOf(context_, cell, SpanOf(cell)));
      const Column& column = columns_.back();
      complete = complete && column.kind != ColumnKind::kUnknown;
      tenant = tenant || column.kind == ColumnKind::kTenant;
      const auto same = [&](const Column& other) { return other.title == column.title; };
      if (std::count_if(columns_.begin(), columns_.end(), same) > 1) {
        Bad("the column stands twice in the header").help.emplace_back("keep one of the two columns");
        complete = false;
      }
    }
    if (!tenant && complete) {
      At(row[0], "tenant");
      Whole("the header has no column `tenant`", "name the column that holds the tenants' names `tenant`");
    }
    return tenant;  // a column that is unknown is left out, so that the mistakes of the others are found as well
  }

  void ReadRow(const std::vector<CsvCell>& row, const Membership& membership) {
    At(row[0], columns_[0].title);
    bool sound = true;
    for (size_t i = 0; i < row.size(); ++i) {
      if (row[i].problem == nullptr) continue;
      At(row[i], i < columns_.size() ? columns_[i].title : "(none)");
      Bad(row[i].problem).help.emplace_back("\"a \"\"quoted\"\" cell\"");
      sound = false;
    }
    if (!sound) return;
    if (row.size() != columns_.size()) {
      Whole(fmt::format("the row has {} cells, the header {}", row.size(), columns_.size()),
            "put quotes around a cell that contains a comma");
      return;
    }
    Tenant tenant;
    tenant.tier = membership.tier;
    tenant.klass = membership.klass;
    tenant.org = membership.org;
    if (!NameTenant(row, tenant)) return;
    Terms own;
    cells_.clear();
    const size_t clauses = context_.program.clauses.size();
    ClauseReader clauses_of_row(context_, own, Level::kTenant, owner_);
    for (size_t i = 0; i < row.size(); ++i) {
      if (row[i].text.empty()) continue;
      At(row[i], columns_[i].title);
      ReadCell(columns_[i], row[i], tenant, clauses_of_row);
    }
    const bool says_anything = context_.program.clauses.size() > clauses;
    tenancy_.Settle(tenant, own, says_anything, [this](ClauseId clause) { GoTo(clause); });
    context_.program.tenants.push_back(std::move(tenant));
  }

  // The cell that a clause was read from.
  void GoTo(ClauseId clause) {
    const Span span = context_.program.SpanOf(clause);
    for (const auto& [cell, column] : cells_) {
      if (cell.begin == span.begin) {
        cell_.span = cell;
        cell_.column = column;
      }
    }
  }

  bool NameTenant(const std::vector<CsvCell>& row, Tenant& tenant) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].kind != ColumnKind::kTenant) continue;
      const CsvCell& cell = row[i];
      At(cell, columns_[i].title);
      if (!IsName(cell.text) || !cell.verbatim) {
        Bad(cell.text.empty() ? "the tenant has no name" : fmt::format("\"{}\" is not a name", cell.text))
            .help.emplace_back("a name has letters and digits, joined by - _ or .");
        return false;
      }
      const TenantId id(static_cast<uint32_t>(context_.program.tenants.size()));
      if (!context_.tenants.Add(cell.text, id)) {
        const Tenant& first = context_.program.tenants[context_.tenants.Find(cell.text).index()];
        diag::Diagnostic& diagnostic = Bad(fmt::format("tenant {} is declared twice", cell.text));
        diagnostic.notes.push_back({"note", "first declared here", context_.program.SpanOf(first.clause)});
        diagnostic.help.emplace_back("rename one of them, or remove it");
        return false;
      }
      owner_ = fmt::format("{}, row {}", cell_.file, cell_.row);
      tenant.name = cell.text;
      tenant.clause = context_.AddClause(Span{file_, row.front().begin, row.back().end}, Level::kTenant, owner_);
      return true;
    }
    return false;
  }

  std::vector<Item> Items(const CsvCell& cell) const {
    std::vector<Item> items;
    size_t begin = 0;
    while (begin <= cell.text.size()) {
      const size_t end = std::min(cell.text.find(';', begin), cell.text.size());
      const std::string_view text = Trim(cell.text.substr(begin, end - begin));
      Span span = SpanOf(cell);
      if (cell.verbatim && !text.empty()) {
        span.begin = cell.begin + static_cast<uint32_t>(text.data() - cell.text.data());
        span.end = span.begin + static_cast<uint32_t>(text.size());
      }
      if (!text.empty()) items.push_back({text, span});
      begin = end + 1;
    }
    return items;
  }
  std::vector<syntax::Name> Names(const CsvCell& cell) const {
    std::vector<syntax::Name> names;
    for (const Item& item : Items(cell)) names.push_back({std::string(item.text), item.span});
    return names;
  }
  // The one value of a cell that stands for a sentence with one value.
  std::optional<syntax::Value> One(const Column& column, const CsvCell& cell) {
    if (column.text_value) {
      syntax::Value value;
      value.kind = syntax::Value::Kind::kText;
      value.text = cell.text;
      value.span = SpanOf(cell);
      return value;
    }
    const std::vector<Item> items = Items(cell);
    if (items.size() != 1) {
      Bad(fmt::format("one value is needed, not {}", items.size())).help.emplace_back("keep one value in the cell");
      return std::nullopt;
    }
    return CellValue(items[0].text, items[0].span);
  }

  void ReadCell(const Column& column, const CsvCell& cell, Tenant& tenant, ClauseReader& clauses) {
    switch (column.kind) {
      case ColumnKind::kTenant:
      case ColumnKind::kUnknown:
        return;
      case ColumnKind::kOrg:
        tenant.org = context_.Resolve("org", {std::string(cell.text), SpanOf(cell)}, context_.orgs);
        return;
      case ColumnKind::kClass:
        tenant.klass = context_.Resolve("class", {std::string(cell.text), SpanOf(cell)}, context_.classes);
        return;
      default:
        break;
    }
    syntax::Clause clause;
    clause.span = SpanOf(cell);
    cells_.emplace_back(clause.span, column.title);
    if (Sentence(column, cell, clause)) clauses.Read(clause);
  }

  // The sentence that a cell stands for; false if its value was reported.
  bool Sentence(const Column& column, const CsvCell& cell, syntax::Clause& clause) {
    using Subject = syntax::PlacesTerm::Subject;
    std::optional<syntax::Value> value;
    const bool single = column.kind == ColumnKind::kAtOnce || column.kind == ColumnKind::kBudgetWorkflow ||
                        column.kind == ColumnKind::kBudgetMonth || column.kind == ColumnKind::kSet;
    if (single && !(value = One(column, cell))) return false;
    switch (column.kind) {
      case ColumnKind::kState:
        clause.term = syntax::PlacesTerm{Subject::kState, Places(cell)};
        return true;
      case ColumnKind::kCalls:
        clause.term = syntax::PlacesTerm{Subject::kCalls, Places(cell)};
        return true;
      case ColumnKind::kData:
        clause.term = syntax::PlacesTerm{Subject::kData, Places(cell)};
        return true;
      case ColumnKind::kRegulations:
        clause.term = syntax::SubjectToTerm{Names(cell)};
        return true;
      case ColumnKind::kReviewers:
        clause.term = syntax::ReviewersTerm{Names(cell)};
        return true;
      case ColumnKind::kAtOnce:
        clause.term = syntax::AtOnceTerm{false, *value, std::nullopt, std::nullopt};
        return true;
      case ColumnKind::kBudgetWorkflow:
        clause.term = syntax::BudgetTerm{false, *value, false};
        return true;
      case ColumnKind::kBudgetMonth:
        clause.term = syntax::BudgetTerm{false, *value, true};
        return true;
      case ColumnKind::kRoute:
        clause.term = RouteOf(column, cell);
        return true;
      case ColumnKind::kSet:
        clause.term = syntax::SetTerm{{column.subject.text, SpanOf(cell)}, *value};
        return true;
      case ColumnKind::kTenant:
      case ColumnKind::kOrg:
      case ColumnKind::kClass:
      case ColumnKind::kUnknown:
        return false;
    }
    return false;
  }

  syntax::PlaceList Places(const CsvCell& cell) const {
    constexpr std::string_view kAdequate = "places adequate for ";
    syntax::PlaceList list;
    list.span = SpanOf(cell);
    for (const Item& item : Items(cell)) {
      const bool adequate = item.text.starts_with(kAdequate);
      const std::string_view name = Trim(adequate ? item.text.substr(kAdequate.size()) : item.text);
      list.items.push_back({adequate, {std::string(name), item.span}, item.span});
    }
    return list;
  }

  // "a then b" as "a;b".
  static std::string WithSemicolons(std::string_view text) {
    constexpr std::string_view kThen = " then ";
    std::string out(text);
    for (size_t at = out.find(kThen); at != std::string::npos; at = out.find(kThen)) out.replace(at, kThen.size(), ";");
    return out;
  }

  // "gpt4-eu;gpt4-eu-b", where the last may say `else suspend`.
  syntax::RouteTerm RouteOf(const Column& column, const CsvCell& cell) {
    constexpr std::string_view kElse = "else suspend";
    syntax::RouteTerm route;
    route.resource = {column.subject.text, SpanOf(cell)};
    for (Item item : Items(cell)) {
      if (item.text.ends_with(kElse)) {
        route.else_suspend = true;
        item.text = Trim(item.text.substr(0, item.text.size() - kElse.size()));
        if (item.text.empty()) continue;
        item.span.end = item.span.begin + static_cast<uint32_t>(item.text.size());
      }
      if (item.text.find(" then ") != std::string_view::npos) {
        Bad("in a cell, endpoints are separated by `;`")
            .help.push_back(fmt::format("write `{}` in this cell", WithSemicolons(item.text)));
        continue;
      }
      route.endpoints.push_back({std::string(item.text), item.span});
    }
    return route;
  }

  Context& context_;
  Tenancy& tenancy_;
  const syntax::TenantsFromDecl& decl_;
  source::FileId file_;
  CsvReader reader_;
  ImportCell cell_;
  std::vector<Column> columns_;
  std::string owner_;                                     // of the row being read
  std::vector<std::pair<Span, std::string_view>> cells_;  // of the row being read, by column
};

// `path` as seen from the policy file that names it.
std::string Beside(const source::SourceSet& sources, Span policy, const std::string& path) {
  if (path.starts_with('/') || !policy.valid()) return path;
  const std::string& from = sources.path(policy.file);
  const size_t slash = from.rfind('/');
  return slash == std::string::npos ? path : from.substr(0, slash + 1) + path;
}

}  // namespace

void ReadImports(Context& context, const Inventory& inventory, Tenancy& tenancy) {
  for (const syntax::TenantsFromDecl* decl : inventory.imports) {
    const std::optional<std::string> path =
        TextOf(context, decl->path, {"tenants from {} on tier standard", "\"institutions.csv\""});
    if (!path) continue;
    source::FileId file;
    const absl::Status loaded = context.load(Beside(context.sources, decl->path.span, *path), &file);
    if (!loaded.ok()) {
      const bool large = absl::IsResourceExhausted(loaded);
      context
          .Report(large ? Kind::kInputTooLarge : Kind::kImportRow, decl->path.span,
                  fmt::format("cannot read \"{}\": {}", *path, std::string(loaded.message())))
          .help.emplace_back(large ? "split it into several files" : "write the path as seen from this file");
      continue;
    }
    Importer(context, tenancy, *decl, file).Read();
  }
}

}  // namespace bylaw::sema
