#include "simulator/serving/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <span>

#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "base/csv.h"
#include "base/prng.h"

namespace bylaw::simulator {
namespace {

constexpr std::string_view kHeaders =
    "a trace begins with `arrival_s,tenant,input_tokens,output_tokens` (or `TIMESTAMP,ContextTokens,GeneratedTokens`; "
    "the tenant may be left out)";

absl::Status Wrong(size_t line, std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("line {}: {}", line, what));
}

// A cell as it may stand in a message.
std::string Quoted(std::string_view cell) {
  constexpr size_t kMost = 60;
  if (cell.size() <= kMost) return fmt::format("\"{}\"", cell);
  return fmt::format("\"{}…\"", cell.substr(0, kMost));
}

std::optional<double> ParseNumber(std::string_view text) {
  double number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

// Seconds (also those since 1970), or a date and a time of day.
std::optional<TimeNs> ParseTime(std::string_view text) {
  constexpr double kMostSeconds = 9e9;  // what fits
  if (const auto seconds = ParseNumber(text)) {
    if (std::abs(*seconds) > kMostSeconds) return std::nullopt;
    return static_cast<TimeNs>(*seconds * static_cast<double>(kSecondNs));
  }
  for (const absl::string_view format :
       {"%Y-%m-%d %H:%M:%E*S", "%Y-%m-%d %H:%M:%E*S%Ez", "%Y-%m-%dT%H:%M:%E*S", "%Y-%m-%dT%H:%M:%E*S%Ez"}) {
    absl::Time time;
    std::string error;
    if (!absl::ParseTime(format, absl::string_view(text.data(), text.size()), &time, &error)) continue;
    const double seconds = absl::ToDoubleSeconds(time - absl::UnixEpoch());
    if (std::abs(seconds) > kMostSeconds) return std::nullopt;
    return absl::ToUnixNanos(time);
  }
  return std::nullopt;
}

struct Columns {
  size_t time = SIZE_MAX, tenant = SIZE_MAX, input = SIZE_MAX, output = SIZE_MAX;
  size_t count = 0;
};

absl::StatusOr<Columns> ReadHeader(std::span<const CsvCell> names, size_t line) {
  Columns columns;
  columns.count = names.size();
  const auto is = [](absl::string_view name, absl::string_view wanted) { return absl::EqualsIgnoreCase(name, wanted); };
  for (size_t i = 0; i < names.size(); ++i) {
    const absl::string_view name(names[i].text.data(), names[i].text.size());
    size_t* column = nullptr;
    if (is(name, "arrival_s") || is(name, "TIMESTAMP")) column = &columns.time;
    if (is(name, "tenant")) column = &columns.tenant;
    if (is(name, "input_tokens") || is(name, "ContextTokens")) column = &columns.input;
    if (is(name, "output_tokens") || is(name, "GeneratedTokens")) column = &columns.output;
    if (column == nullptr) continue;
    if (*column != SIZE_MAX) {
      return Wrong(line, fmt::format("columns {} and {} say the same; leave one of them out", *column + 1, i + 1));
    }
    *column = i;
  }
  for (const auto& [column, name] : {std::pair{columns.time, "arrival_s"}, std::pair{columns.input, "input_tokens"},
                                     std::pair{columns.output, "output_tokens"}}) {
    if (column == SIZE_MAX) return Wrong(line, fmt::format("there is no column `{}`; {}", name, kHeaders));
  }
  return columns;
}

absl::StatusOr<int64_t> ReadTokens(std::string_view cell, std::string_view column, size_t line) {
  const auto count = ParseNumber(cell);
  if (!count || *count < 0 || *count != std::floor(*count)) {
    return Wrong(line, fmt::format("{} is not a number of tokens; `{}` is a whole number from 0 on, as 120",
                                   Quoted(cell), column));
  }
  if (*count > static_cast<double>(kMostTokensOfARequest)) {
    return Wrong(line,
                 fmt::format("{} tokens are more than any request has; write at most {}", cell, kMostTokensOfARequest));
  }
  return static_cast<int64_t>(*count);
}

// Whose requests they are, where the trace does not say.
class TenantsByRank {
 public:
  explicit TenantsByRank(const TraceOptions& options) : prng_(options.seed) {
    double sum = 0;
    for (uint32_t k = 1; k <= options.tenants; ++k) shares_.push_back(sum += 1.0 / k);
  }
  uint32_t Draw() {
    const double at = shares_.back() * static_cast<double>(prng_.Below(1'000'000'007)) / 1'000'000'007.0;
    return static_cast<uint32_t>(std::upper_bound(shares_.begin(), shares_.end(), at) - shares_.begin());
  }

 private:
  Prng prng_;
  std::vector<double> shares_;
};

// All but its tenant.
absl::StatusOr<Request> ReadRow(const Columns& columns, std::span<const CsvCell> cells, size_t line) {
  for (const CsvCell& cell : cells) {
    if (cell.problem != nullptr) {
      return Wrong(line,
                   fmt::format("{}; write `\"` around the whole cell, and `\"\"` for a quote in it", cell.problem));
    }
  }
  if (cells.size() != columns.count) {
    return Wrong(line, fmt::format("{} cells, where the header has {}; a cell with a comma in it is written in quotes",
                                   cells.size(), columns.count));
  }
  const std::string_view time = cells[columns.time].text;
  const std::optional<TimeNs> arrival = ParseTime(time);
  if (!arrival) {
    return Wrong(line,
                 fmt::format("{} is not a time; write seconds, as 12.5, or 2023-11-16 18:17:03.98", Quoted(time)));
  }
  const absl::StatusOr<int64_t> input = ReadTokens(cells[columns.input].text, "input_tokens", line);
  if (!input.ok()) return input.status();
  const absl::StatusOr<int64_t> output = ReadTokens(cells[columns.output].text, "output_tokens", line);
  if (!output.ok()) return output.status();
  return Request{
      .arrival = *arrival, .tenant = 0, .input_tokens = *input, .output_tokens = std::max<int64_t>(*output, 1)};
}

// Gives each request its tenant.
class Tenants {
 public:
  Tenants(const Columns& columns, const TraceOptions& options, std::vector<std::string>* names)
      : column_(columns.tenant), ranks_(options), names_(*names) {
    if (column_ != SIZE_MAX) return;
    for (uint32_t k = 1; k <= options.tenants; ++k) names_.push_back(fmt::format("tenant-{}", k));
  }
  absl::StatusOr<uint32_t> Of(std::span<const CsvCell> cells, size_t line) {
    if (column_ == SIZE_MAX) return ranks_.Draw();
    const std::string_view name = cells[column_].text;
    if (name.empty()) return Wrong(line, "no tenant; write its name, or leave the whole column out");
    const auto at = ids_.find(name);
    if (at != ids_.end()) return at->second;
    const auto id = static_cast<uint32_t>(names_.size());
    names_.emplace_back(name);
    ids_.emplace(name, id);
    return id;
  }

 private:
  size_t column_;
  TenantsByRank ranks_;
  std::vector<std::string>& names_;
  std::map<std::string, uint32_t, std::less<>> ids_;
};

// In order of arrival, since the first one.
absl::Status PutInOrder(Trace& trace) {
  if (trace.requests.empty()) {
    return absl::InvalidArgumentError("the trace has a header and no request; write one a line, as `0.5,ann,120,80`");
  }
  std::stable_sort(trace.requests.begin(), trace.requests.end(),
                   [](const Request& a, const Request& b) { return a.arrival < b.arrival; });
  const TimeNs first = trace.requests.front().arrival;
  if (static_cast<__int128>(trace.requests.back().arrival) - first > kLongestTrace) {
    return absl::InvalidArgumentError(
        "more than 366 days lie between the first request and the last; is `arrival_s` in seconds throughout?");
  }
  int64_t output = 0;
  for (Request& request : trace.requests) {
    request.arrival -= first;
    output += request.output_tokens;
  }
  if (output > kMostOutputTokens) {
    return absl::InvalidArgumentError(
        fmt::format("the trace writes {} tokens in all, and serving them here would take "
                    "hours; cut it to at most {}",
                    output, kMostOutputTokens));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Trace> ReadTrace(std::string_view csv, const TraceOptions& options) {
  CsvReader reader(csv);
  std::vector<CsvCell> cells;
  if (!reader.Next(cells)) return absl::InvalidArgumentError(fmt::format("the file is empty; {}", kHeaders));
  const absl::StatusOr<Columns> columns = ReadHeader(cells, reader.line());
  if (!columns.ok()) return columns.status();
  Trace trace;
  Tenants tenants(*columns, options, &trace.tenants);
  while (reader.Next(cells)) {
    absl::StatusOr<Request> request = ReadRow(*columns, cells, reader.line());
    if (!request.ok()) return request.status();
    const absl::StatusOr<uint32_t> tenant = tenants.Of(cells, reader.line());
    if (!tenant.ok()) return tenant.status();
    request->tenant = *tenant;
    trace.requests.push_back(*request);
  }
  const absl::Status ordered = PutInOrder(trace);
  if (!ordered.ok()) return ordered;
  return trace;
}

}  // namespace bylaw::simulator
