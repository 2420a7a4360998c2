#include "compiler/sema/endpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "compiler/sema/values.h"
#include "compiler/sema/world.h"

namespace bylaw::sema {
namespace {

// Reads the sentences of one endpoint.
class EndpointReader {
 public:
  EndpointReader(Context& context, Endpoint& endpoint)
      : context_(context), endpoint_(endpoint), owner_("endpoint " + endpoint.name) {}

  void Read(const syntax::EndpointTerm& term) {
    span_ = term.span;
    std::visit(*this, term.term);
  }

  void operator()(const syntax::EndpointTerm::Serves& term) {
    if (Again("serves", serves_)) return;
    endpoint_.resource = context_.resources.Find(term.resource.text);
    const Resource& resource = context_.program.resources[endpoint_.resource.index()];
    if (resource.is_model != term.model) {
      diag::Diagnostic& diagnostic =
          context_.Report(Kind::kDuplicateName, term.resource.span,
                          fmt::format("{} is both a {} and a {}: models and tools share one namespace", resource.name,
                                      resource.is_model ? "model" : "tool", term.model ? "model" : "tool"));
      diagnostic.notes.push_back({"note", "first served here", resource.span});
      diagnostic.help.push_back(fmt::format("serves {} {}", resource.is_model ? "model" : "tool", resource.name));
    }
  }
  void operator()(const syntax::EndpointTerm::In& term) {
    if (Again("in", in_)) return;
    const std::optional<Location> location = LocationOf(context_, term.place, Clause());
    if (!location) return;
    std::vector<Certificate> certificates = std::move(endpoint_.location.certificates);
    endpoint_.location = *location;
    endpoint_.location.certificates = std::move(certificates);
  }
  void operator()(const syntax::EndpointTerm::Provider& term) {
    if (Again("provider", provider_)) return;
    endpoint_.provider = term.provider.text;
  }
  void operator()(const syntax::EndpointTerm::CostPerCall& term) {
    if (Again("costs", cost_)) return;
    const std::optional<int64_t> micros = MicrosOf(context_, term.at_most, {"costs at most {} per call", "$0.03"});
    if (micros) endpoint_.cost_per_call = Stated<Money>{{*micros, context_.program.currency}, Clause()};
  }
  void operator()(const syntax::EndpointTerm::CostPerToken& term) {
    if (Again("costs", cost_)) return;
    SetPrice(term.input_per_million, term.output_per_million);
  }
  void operator()(const syntax::EndpointTerm::TakesAbout& term) {
    if (Again("takes about", about_)) return;
    const std::optional<DurationNs> duration = ClockOf(context_, term.duration, {"takes about {}", "900 milliseconds"});
    if (duration) endpoint_.takes_about = Stated<DurationNs>{*duration, Clause()};
  }
  void operator()(const syntax::EndpointTerm::TakesAtMost& term) {
    if (Again("takes at most", at_most_)) return;
    const std::optional<DurationNs> duration = ClockOf(context_, term.duration, {"takes at most {}", "30 seconds"});
    if (duration) endpoint_.takes_at_most = Stated<DurationNs>{*duration, Clause()};
  }
  void operator()(const syntax::RateTerm& term) {
    std::optional<Rate> rate = RateOf(context_, term, Level::kPlatform, owner_);
    if (!rate) return;
    for (const Rate& other : endpoint_.quotas) {
      if (SameRateTerm(other.spec, rate->spec)) {
        context_.Repeated(context_.Said(term.span, "at most … calls"), owner_, span_,
                          context_.program.SpanOf(other.clause));
        return;
      }
    }
    endpoint_.quotas.push_back(*rate);
  }
  void operator()(const syntax::CertifiedTerm& term) {
    AddCertificate(context_, term, Level::kPlatform, owner_, endpoint_.location.certificates);
  }

  void Finish(const syntax::Name& name) {
    if (!serves_) Missing(name, "say what it serves", "serves model gpt-4");
    if (!in_) Missing(name, "say where it is", "in eu-west-1");
    if (!cost_) TakeListPrice();
    CheckTimes();
  }

 private:
  ClauseId Clause() { return context_.AddClause(span_, Level::kPlatform, owner_); }

  bool Again(std::string_view term, std::optional<Span>& first) { return context_.Again(term, owner_, span_, first); }

  void SetPrice(const syntax::Value& input_stated, const syntax::Value& output_stated) {
    const std::optional<int64_t> input =
        MicrosOf(context_, input_stated, {"costs {} per million input tokens, $10 per million output tokens", "$2.50"});
    const std::optional<int64_t> output = MicrosOf(
        context_, output_stated, {"costs $2.50 per million input tokens, {} per million output tokens", "$10"});
    if (!input || !output) return;
    const ClauseId clause = Clause();
    endpoint_.input_per_million = Stated<Money>{{*input, context_.program.currency}, clause};
    endpoint_.output_per_million = Stated<Money>{{*output, context_.program.currency}, clause};
  }

  // An endpoint without a price of its own has the one that is listed for its model, if any is.
  void TakeListPrice() {
    if (!endpoint_.resource.valid()) return;
    const auto listed = context_.prices.find(context_.program.resources[endpoint_.resource.index()].name);
    if (listed == context_.prices.end()) return;
    span_ = listed->second.span;
    SetPrice(listed->second.decl->input_per_million, listed->second.decl->output_per_million);
  }

  void Missing(const syntax::Name& name, std::string_view what, std::string_view sentence) {
    context_.Report(Kind::kMissingTerm, name.span, fmt::format("{} does not {}", owner_, what))
        .help.push_back(fmt::format("{}, as in `{}`", what, sentence));
  }

  void CheckTimes() {
    if (!endpoint_.takes_about || !endpoint_.takes_at_most) return;
    if (endpoint_.takes_about->value <= endpoint_.takes_at_most->value) return;
    diag::Diagnostic& diagnostic = context_.Report(
        Kind::kOutOfRange, *about_,
        fmt::format("{} takes about {}, which is more than the {} it takes at most", owner_,
                    FormatDuration(endpoint_.takes_about->value), FormatDuration(endpoint_.takes_at_most->value)));
    diagnostic.notes.push_back({"note", "its timeout is here", *at_most_});
    diagnostic.help.push_back(fmt::format("takes at most {}", FormatDuration(endpoint_.takes_about->value)));
  }

  Context& context_;
  Endpoint& endpoint_;
  std::string owner_;
  Span span_;
  std::optional<Span> serves_, in_, provider_, cost_, about_, at_most_;
};

// Reads the sentences of one store.
class StoreReader {
 public:
  StoreReader(Context& context, Store& store) : context_(context), store_(store), owner_("store " + store.name) {}

  void Read(const syntax::StoreTerm& term) {
    span_ = term.span;
    std::visit(*this, term.term);
  }

  void operator()(const syntax::StoreTerm::Keeps& term) {
    if (context_.Again("keeps", owner_, span_, keeps_)) return;
    for (const syntax::DataClass data : term.data) store_.keeps[static_cast<size_t>(data)] = true;
  }
  void operator()(const syntax::StoreTerm::In& term) {
    if (context_.Again("in", owner_, span_, in_)) return;
    std::optional<Location> location =
        LocationOf(context_, term.place, context_.AddClause(span_, Level::kPlatform, owner_));
    if (!location) return;
    location->certificates = std::move(store_.location.certificates);
    store_.location = *std::move(location);
  }
  void operator()(const syntax::CertifiedTerm& term) {
    AddCertificate(context_, term, Level::kPlatform, owner_, store_.location.certificates);
  }

  void Finish(const syntax::Name& name) {
    if (!keeps_) {
      context_.Report(Kind::kMissingTerm, name.span, fmt::format("{} does not say what it keeps", owner_))
          .help.emplace_back("say what it holds, as in `keeps state, checkpoints, audit`");
    }
    if (!in_) {
      context_.Report(Kind::kMissingTerm, name.span, fmt::format("{} does not say where it is", owner_))
          .help.emplace_back("say in which region, as in `in eu-west-1`");
    }
  }

 private:
  Context& context_;
  Store& store_;
  std::string owner_;
  Span span_;
  std::optional<Span> keeps_, in_;
};

// Reads the sentences of one group of reviewers.
class ReviewersReader {
 public:
  ReviewersReader(Context& context, Reviewers& reviewers)
      : context_(context), reviewers_(reviewers), owner_("reviewers " + reviewers.name) {}

  void Read(const syntax::ReviewersItem& item) {
    span_ = item.span;
    std::visit(*this, item.term);
  }

  void operator()(const syntax::ReviewersItem::BasedIn& term) {
    if (context_.Again("based in", owner_, span_, based_in_)) return;
    const ClauseId clause = context_.AddClause(span_, Level::kPlatform, owner_);
    for (const syntax::Name& place : term.places) {
      const std::optional<Location> location = LocationOf(context_, place, clause);
      if (location) reviewers_.based_in.push_back(*location);
    }
  }
  void operator()(const syntax::ReviewersItem::Staff& term) {
    if (context_.Again("staff", owner_, span_, staff_)) return;
    const std::optional<int64_t> count = CountOf(context_, term.count, {"staff {}", "4"});
    if (count) {
      reviewers_.staff =
          Stated<uint32_t>{static_cast<uint32_t>(*count), context_.AddClause(span_, Level::kPlatform, owner_)};
    }
  }
  void operator()(const syntax::ReviewersItem::ReviewTakes& term) {
    if (context_.Again("each review takes", owner_, span_, takes_)) return;
    const std::optional<DurationNs> about = ClockOf(context_, term.about, {"each review takes about {}", "20 minutes"});
    if (about) {
      reviewers_.review_takes = Stated<DurationNs>{*about, context_.AddClause(span_, Level::kPlatform, owner_)};
    }
  }
  void operator()(const syntax::ReviewersItem::ServesTiers& term) {
    if (context_.Again("serves tiers", owner_, span_, serves_)) return;
    for (const syntax::Name& name : term.tiers) {
      const TierId tier = context_.Resolve("tier", name, context_.tiers);
      if (!tier.valid()) continue;
      if (std::find(reviewers_.serves.begin(), reviewers_.serves.end(), tier) != reviewers_.serves.end()) {
        context_.Report(Kind::kRepeatedTerm, name.span, fmt::format("tier {} is listed twice", name.text))
            .help.emplace_back("name each tier once, the most urgent first");
        continue;
      }
      reviewers_.serves.push_back(tier);
    }
  }
  void operator()(const syntax::CertifiedTerm& term) {
    AddCertificate(context_, term, Level::kPlatform, owner_, certificates_);
  }

  // What is certified is the desk, wherever its people sit.
  void Finish() {
    for (Location& location : reviewers_.based_in) location.certificates = certificates_;
  }

 private:
  Context& context_;
  Reviewers& reviewers_;
  std::string owner_;
  Span span_;
  std::optional<Span> based_in_, staff_, takes_, serves_;
  std::vector<Certificate> certificates_;
};

}  // namespace

void ReadEndpoint(Context& context, Endpoint& endpoint, const syntax::EndpointDecl& decl) {
  EndpointReader reader(context, endpoint);
  for (const syntax::EndpointTerm& term : decl.terms) reader.Read(term);
  reader.Finish(decl.name);
}

void ReadStore(Context& context, Store& store, const syntax::StoreDecl& decl) {
  StoreReader reader(context, store);
  for (const syntax::StoreTerm& term : decl.terms) reader.Read(term);
  reader.Finish(decl.name);
}

void ReadReviewers(Context& context, Reviewers& reviewers, const syntax::ReviewersDecl& decl) {
  ReviewersReader reader(context, reviewers);
  for (const syntax::ReviewersItem& item : decl.terms) reader.Read(item);
  reader.Finish();
}

void ReadPool(Context& context, Pool& pool, const syntax::PoolDecl& decl) {
  const std::optional<Location> location = LocationOf(context, decl.place, pool.clause);
  if (location) pool.location = *location;
  pool.slots = static_cast<uint32_t>(CountOf(context, decl.slots, {"has {} slots", "80"}).value_or(1));
  if (decl.room) {
    const std::optional<int64_t> room =
        CountOf(context, *decl.room, {"has 80 slots with room for {} waiting", "20_000"}, 0);
    if (room) pool.room = static_cast<uint32_t>(*room);
  }
  for (const syntax::CertifiedTerm& term : decl.certified) {
    AddCertificate(context, term, Level::kPlatform, "pool " + pool.name, pool.location.certificates);
  }
}

}  // namespace bylaw::sema
