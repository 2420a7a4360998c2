#include "simulator/serving/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "base/prng.h"

namespace bylaw::simulator {
namespace {

std::string_view TakeUntil(std::string_view& text, char end) {
  const size_t at = text.find(end);
  const std::string_view part = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return part;
}

std::vector<std::string_view> CellsOf(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  std::vector<std::string_view> cells;
  while (!line.empty()) cells.push_back(TakeUntil(line, ','));
  return cells;
}

template <typename Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Seconds, or a date and a time of day.
std::optional<TimeNs> ParseTime(std::string_view text) {
  if (const auto seconds = ParseNumber<double>(text); seconds && std::abs(*seconds) < 1e9) {
    return static_cast<TimeNs>(*seconds * static_cast<double>(kSecondNs));
  }
  absl::Time time;
  std::string error;
  const absl::string_view format = "%Y-%m-%d %H:%M:%E*S";
  if (!absl::ParseTime(format, absl::string_view(text.data(), text.size()), &time, &error)) return std::nullopt;
  return absl::ToUnixNanos(time);
}

struct Columns {
  size_t time = SIZE_MAX, tenant = SIZE_MAX, input = SIZE_MAX, output = SIZE_MAX;
  size_t last() const { return std::max({time, input, output, tenant == SIZE_MAX ? size_t{0} : tenant}); }
};

absl::StatusOr<Columns> ReadHeader(std::string_view line) {
  Columns columns;
  const std::vector<std::string_view> names = CellsOf(line);
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == "arrival_s" || names[i] == "TIMESTAMP") columns.time = i;
    if (names[i] == "tenant") columns.tenant = i;
    if (names[i] == "input_tokens" || names[i] == "ContextTokens") columns.input = i;
    if (names[i] == "output_tokens" || names[i] == "GeneratedTokens") columns.output = i;
  }
  if (columns.time == SIZE_MAX || columns.input == SIZE_MAX || columns.output == SIZE_MAX) {
    return absl::InvalidArgumentError(
        "line 1: a trace begins with `arrival_s,tenant,input_tokens,output_tokens` (or "
        "`TIMESTAMP,ContextTokens,GeneratedTokens`)");
  }
  return columns;
}

absl::Status Wrong(size_t line, std::string_view what, std::string_view cell) {
  return absl::InvalidArgumentError(fmt::format("line {}: \"{}\" is not {}", line, cell, what));
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

absl::StatusOr<Request> ReadRow(const Columns& columns, const std::vector<std::string_view>& cells, size_t line) {
  if (cells.size() <= columns.last()) {
    return absl::InvalidArgumentError(fmt::format("line {} has {} cells, the header has more", line, cells.size()));
  }
  Request request;
  const std::optional<TimeNs> time = ParseTime(cells[columns.time]);
  if (!time) return Wrong(line, "a time", cells[columns.time]);
  request.arrival = *time;
  for (const auto& [column, tokens] :
       {std::pair{columns.input, &request.input_tokens}, std::pair{columns.output, &request.output_tokens}}) {
    const auto count = ParseNumber<int64_t>(cells[column]);
    if (!count || *count < 0 || *count > 100'000'000) return Wrong(line, "a number of tokens", cells[column]);
    *tokens = *count;
  }
  request.output_tokens = std::max<int64_t>(request.output_tokens, 1);
  return request;
}

}  // namespace

absl::StatusOr<Trace> ReadTrace(std::string_view csv, const TraceOptions& options) {
  const absl::StatusOr<Columns> columns = ReadHeader(TakeUntil(csv, '\n'));
  if (!columns.ok()) return columns.status();
  Trace trace;
  std::map<std::string, uint32_t, std::less<>> ids;
  TenantsByRank ranks(options);
  if (columns->tenant == SIZE_MAX) {
    for (uint32_t k = 1; k <= options.tenants; ++k) trace.tenants.push_back(fmt::format("tenant-{}", k));
  }
  for (size_t line = 2; !csv.empty(); ++line) {
    const std::vector<std::string_view> cells = CellsOf(TakeUntil(csv, '\n'));
    if (cells.empty()) continue;
    absl::StatusOr<Request> request = ReadRow(*columns, cells, line);
    if (!request.ok()) return request.status();
    if (columns->tenant == SIZE_MAX) {
      request->tenant = ranks.Draw();
    } else {
      const std::string_view name = cells[columns->tenant];
      const auto [at, is_new] = ids.try_emplace(std::string(name), static_cast<uint32_t>(trace.tenants.size()));
      if (is_new) trace.tenants.emplace_back(name);
      request->tenant = at->second;
    }
    trace.requests.push_back(*request);
  }
  if (trace.requests.empty()) return absl::InvalidArgumentError("the trace has no request");
  std::stable_sort(trace.requests.begin(), trace.requests.end(),
                   [](const Request& a, const Request& b) { return a.arrival < b.arrival; });
  const TimeNs first = trace.requests.front().arrival;
  for (Request& request : trace.requests) request.arrival -= first;
  return trace;
}

}  // namespace bylaw::simulator
