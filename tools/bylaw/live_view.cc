#include "tools/bylaw/live_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace bylaw::cli {
namespace {

struct Row {
  TenantId tenant;
  sched::NodeCounters counters;
  bool named = false;
};

struct Totals {
  uint64_t running = 0, waiting = 0;
  int64_t finished = 0, refused = 0;
};

std::string Grouped(int64_t number) {
  std::string digits = std::to_string(number);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string Brief(DurationNs duration) {
  const double seconds = static_cast<double>(duration) / static_cast<double>(kSecondNs);
  if (seconds >= 3'600) return fmt::format("{:.1f} h", seconds / 3'600);
  if (seconds >= 100) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.0f} s", seconds);
}

// Cut to `columns` characters; escape sequences take no room, and are closed.
std::string Fit(const std::string& line, int columns) {
  std::string fitted;
  int width = 0;
  bool escape = false, painted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    const auto byte = static_cast<unsigned char>(line[i]);
    if (byte == 0x1b) escape = painted = true;
    const bool starts = !escape && (byte & 0xC0) != 0x80;
    if (starts && ++width > columns) break;
    fitted += line[i];
    if (escape && line[i] == 'm') escape = false;
  }
  return painted ? fitted + "\x1b[0m" : fitted;
}

std::string Bar(uint32_t busy, uint32_t slots) {
  constexpr int kWidth = 20;
  const int full = slots == 0 ? 0 : static_cast<int>(std::lround(double{kWidth} * busy / slots));
  std::string bar;
  for (int i = 0; i < kWidth; ++i) bar += i < full ? "█" : "·";
  return bar;
}

const metrics::TenantFigures& FiguresOf(const LiveRun& live, TenantId tenant) {
  static const auto* const kNothing = new metrics::TenantFigures();
  return tenant.index() < live.figures().size() ? live.figures()[tenant.index()] : *kNothing;
}

Totals TotalsOf(const LiveRun& live) {
  Totals totals;
  const policy::Directory& names = live.engine().policy()->names();
  for (uint32_t pool = 0; pool < names.pools.size(); ++pool) {
    totals.running += live.engine().SlotsInUse(PoolId(pool));
    totals.waiting += live.engine().Waiting(PoolId(pool));
  }
  for (const metrics::TenantFigures& figures : live.figures()) {
    totals.finished += figures.finished;
    totals.refused += figures.RefusedTotal();
  }
  return totals;
}

std::vector<std::string> PoolLines(const LiveRun& live) {
  std::vector<std::string> lines;
  const engine::Policy& policy = *live.engine().policy();
  for (uint32_t i = 0; i < policy.image().pools.size(); ++i) {
    const abi::PoolInfo& pool = policy.image().pools[i];
    const PoolId known = policy.numberings().pools.Known(PoolId(i));
    const uint32_t busy = live.engine().SlotsInUse(known);
    lines.push_back(fmt::format("{:<22} {} {:>4} of {:<5} slots {:>8} waiting", pool.name, Bar(busy, pool.slots), busy,
                                pool.slots, Grouped(live.engine().Waiting(known))));
  }
  return lines;
}

// Tenants with a load of their own, then those with most to do.
std::vector<Row> RowsOf(const LiveRun& live, size_t count) {
  const engine::Policy& policy = *live.engine().policy();
  std::vector<Row> rows;
  for (uint32_t i = 0; i < policy.names().tenants.size(); ++i) {
    rows.push_back({TenantId(i), live.engine().CountersOf(TenantId(i)), false});
  }
  for (const TenantId own : live.prepared().named) rows[policy.numberings().tenants.Known(own).index()].named = true;
  const auto rank = [&live](const Row& row) {
    return std::tuple(row.named, row.counters.waiting, row.counters.at_once, FiguresOf(live, row.tenant).submitted);
  };
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) { return rank(a) > rank(b); });
  rows.resize(std::min(rows.size(), count));
  return rows;
}

std::string RowText(const LiveRun& live, const Row& row) {
  const metrics::TenantFigures& figures = FiguresOf(live, row.tenant);
  const std::string cap = row.counters.cap == sched::kUnlimited ? "" : std::to_string(row.counters.cap);
  return fmt::format("{:<24.24} {:>7} {:>5} {:>8} {:>9} {:>8} {:>9} {:>9} {:>10}",
                     live.engine().policy()->names().tenants.NameOf(row.tenant), row.counters.at_once, cap,
                     Grouped(row.counters.waiting), Grouped(figures.finished), Grouped(figures.RefusedTotal()),
                     Brief(figures.wait_ns.Percentile(500)), Brief(figures.wait_ns.Percentile(950)),
                     fmt::format("{:.2f}", static_cast<double>(figures.spent_micros) / 1e6));
}

std::vector<std::string> SaveLines(const Options& options, const SaveReport& save) {
  if (save.kind == SaveReport::Kind::kNone) return {};
  const char* color = save.kind == SaveReport::Kind::kRefused ? "1;31" : "1;32";
  std::vector<std::string> lines = {"", Paint(options, color, save.headline)};
  lines.insert(lines.end(), save.details.begin(), save.details.end());
  return lines;
}

std::vector<std::string> HappenedLines(const LiveRun& live, size_t count) {
  std::vector<std::string> lines;
  const auto& all = live.records().lines();
  const TimeNs start = live.prepared().scenario.starts_at_wall;
  for (size_t i = all.size() - std::min(all.size(), count); i < all.size(); ++i) {
    const std::string times = all[i].times > 1 ? fmt::format("  ×{}", all[i].times) : "";
    lines.push_back(
        fmt::format("{}  {:<24.24} {}{}", TimeOfDay(live, all[i].wall_ns - start), all[i].tenant, all[i].text, times));
  }
  return lines;
}

}  // namespace

std::string TimeOfDay(const LiveRun& live, TimeNs at) {
  const int64_t seconds = live.prepared().from_minutes * 60 + at / kSecondNs;
  return fmt::format("{:02}:{:02}:{:02}", seconds / 3'600 % 24, seconds / 60 % 60, seconds % 60);
}

std::string LiveLine(const LiveRun& live) {
  const Totals totals = TotalsOf(live);
  return fmt::format("{} running {}, waiting {}, finished {}, refused {} (epoch {})", TimeOfDay(live, live.now()),
                     Grouped(static_cast<int64_t>(totals.running)), Grouped(static_cast<int64_t>(totals.waiting)),
                     Grouped(totals.finished), Grouped(totals.refused), live.engine().epoch());
}

std::string RenderLive(const Options& options, const LiveRun& live, const SaveReport& save, double speed,
                       const Screen& screen) {
  const uint32_t older = live.older();
  const std::string pinned = older > 0 ? fmt::format(", {} runs go by older ones", Grouped(older)) : "";
  std::vector<std::string> lines = {
      Paint(options, "1",
            fmt::format("{}  {}  ×{:g}   policy epoch {}{}", live.prepared().scenario.name, TimeOfDay(live, live.now()),
                        speed, live.engine().epoch(), pinned)),
      ""};
  const std::vector<std::string> pools = PoolLines(live), saved = SaveLines(options, save);
  lines.insert(lines.end(), pools.begin(), pools.end());
  lines.push_back("");
  lines.push_back(Paint(options, "1",
                        fmt::format("{:<24} {:>7} {:>5} {:>8} {:>9} {:>8} {:>9} {:>9} {:>10}", "tenant", "running",
                                    "cap", "waiting", "finished", "refused", "wait p50", "wait p95", "spent")));
  const auto used = static_cast<int>(lines.size() + saved.size());
  const int left = std::max(4, screen.rows - used - 2);
  for (const Row& row : RowsOf(live, static_cast<size_t>(left * 2 / 3))) lines.push_back(RowText(live, row));
  lines.push_back("");
  for (const std::string& line : HappenedLines(live, static_cast<size_t>(left / 3))) lines.push_back(line);
  lines.insert(lines.end(), saved.begin(), saved.end());
  std::string text;
  for (size_t i = 0; i < lines.size() && static_cast<int>(i) < screen.rows - 1; ++i) {
    text += Fit(lines[i], screen.columns) + "\n";
  }
  return text;
}

}  // namespace bylaw::cli
