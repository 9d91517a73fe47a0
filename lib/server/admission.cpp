#include "server/admission.hpp"

#include <nacre/base/bytes.hpp>
#include <nacre/base/if_memory.hpp>
#include <nacre/base/random.hpp>

#include <algorithm>
#include <utility>

namespace nacre::server {

namespace {

bool holds(const std::vector<IpNetwork>& networks, const IpAddress& address) noexcept {
    return std::any_of(networks.begin(), networks.end(),
                       [&](const IpNetwork& network) { return network.contains(address); });
}

}  // namespace

Admission::Place::~Place() {
    admission_.leave(*this);
}

void Admission::Place::logged_in() noexcept {
    if (!starting_) return;
    admission_.end_startup(*this);
    starting_ = false;
}

void Admission::Place::offended(Offence offence, Instant now) noexcept {
    if (starting_ && !exempt_ && !std::exchange(offended_, true))
        admission_.penalise(*this, offence, now);
}

IpAddress Admission::source_of(const IpAddress& address) const noexcept {
    return address.masked(address.is_v4() ? std::min(limits_.source_bits_v4, 32U)
                                          : std::min(limits_.source_bits_v6, 128U));
}

bool Admission::dropped_at_random() const {
    if (startups_ < limits_.startups_begin || limits_.startups_full <= limits_.startups_begin)
        return false;
    const std::uint32_t percent =
        limits_.startups_rate + (100 - limits_.startups_rate) *
                                    (startups_ - limits_.startups_begin) /
                                    (limits_.startups_full - limits_.startups_begin);
    std::uint8_t dice[4];
    system_rng().fill(dice);
    return load_be32(dice) % 100 < percent;
}

const char* Admission::refusal(const std::optional<IpAddress>& address, Instant now) {
    if (!address) return nullptr;
    if (connections_ >= limits_.max_connections) return "too many connections";
    if (holds(limits_.blocked, *address)) return "address is blocked";
    if (!limits_.allowed.empty() && !holds(limits_.allowed, *address))
        return "address is not among those that are allowed";
    const IpAddress source = source_of(*address);
    if (!exempt(*address) && penalties_.refuses(source, now))
        return "source has to wait for what its connections did before";
    if (startups_ >= limits_.startups_full) return "too many connections that are not logged in";
    if (dropped_at_random()) return "many connections that are not logged in, dropped at random";
    const auto known = sources_.find(source);
    const Source open = known == sources_.end() ? Source() : known->second;
    if (limits_.max_connections_per_source != 0 &&
        open.connections >= limits_.max_connections_per_source)
        return "too many connections of this source";
    if (limits_.startups_per_source != 0 && open.startups >= limits_.startups_per_source)
        return "too many connections of this source that are not logged in";
    return nullptr;
}

std::variant<std::shared_ptr<Admission::Place>, const char*> Admission::admit(
    const std::string& address, Instant now) {
    const auto ip = IpAddress::parse(address);
    const std::lock_guard lock(mutex_);
    if (const char* reason = refusal(ip, now)) return reason;
    const auto source = ip ? std::optional(source_of(*ip)) : std::nullopt;
    // What may find no memory comes first.
    Source* open = source ? &sources_[*source] : nullptr;
    auto place = std::make_shared<Place>(*this, source, !ip || exempt(*ip));
    ++connections_;
    ++startups_;
    if (open != nullptr) {
        ++open->connections;
        ++open->startups;
    }
    return place;
}

bool Admission::exempt(const IpAddress& address) const noexcept {
    return holds(limits_.penalties.exempt, address);
}

void Admission::end_startup(const Place& place) noexcept {
    const std::lock_guard lock(mutex_);
    --startups_;
    if (place.source_) --sources_[*place.source_].startups;
}

void Admission::leave(const Place& place) noexcept {
    if (place.starting_) end_startup(place);
    const std::lock_guard lock(mutex_);
    --connections_;
    if (!place.source_) return;
    if (const auto open = sources_.find(*place.source_); --open->second.connections == 0)
        sources_.erase(open);
}

void Admission::penalise(const Place& place, Offence offence, Instant now) noexcept {
    const std::lock_guard lock(mutex_);
    // Without memory to note a penalty down there is none.
    if_memory([&] { penalties_.add(*place.source_, offence, now); });
}

}  // namespace nacre::server
