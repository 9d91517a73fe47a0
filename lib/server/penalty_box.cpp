#include "server/penalty_box.hpp"

#include <algorithm>

namespace nacre::server {

void PenaltyBox::Family::set(const IpAddress& source, const Sentence& sentence) {
    // What may find no memory comes first.
    ends.insert({sentence.until, source});
    auto& held = sentences[source];
    if (held.until != sentence.until) ends.erase({held.until, source});
    held = sentence;
}

void PenaltyBox::Family::forget_first() {
    sentences.erase(ends.begin()->second);
    ends.erase(ends.begin());
}

void PenaltyBox::Family::expire(Instant now) {
    while (!ends.empty() && ends.begin()->first <= now) forget_first();
}

std::chrono::seconds PenaltyBox::penalty(Offence offence) const noexcept {
    switch (offence) {
        case Offence::crash:
            return rules_.crash;
        case Offence::grace_exceeded:
            return rules_.grace_exceeded;
        case Offence::invalid_user:
            return rules_.invalid_user;
        case Offence::auth_fail:
            return rules_.auth_fail;
        case Offence::no_auth:
            return rules_.no_auth;
    }
    return {};
}

void PenaltyBox::add(const IpAddress& source, Offence offence, Instant now) {
    const auto more = penalty(offence);
    if (!rules_.enabled || more.count() == 0) return;
    Family& family = families_[source.is_v4() ? 0 : 1];
    family.expire(now);
    Sentence sentence;
    if (const auto found = family.sentences.find(source); found != family.sentences.end()) {
        sentence = found->second;
    } else if (family.sentences.size() >= rules_.max_sources) {
        if (rules_.overflow_denies_all || rules_.max_sources == 0) return;
        family.forget_first();
    }
    sentence.until = std::min(std::max(sentence.until, now) + more, now + rules_.max);
    sentence.enforced = sentence.enforced || sentence.until - now >= rules_.min;
    family.set(source, sentence);
}

bool PenaltyBox::refuses(const IpAddress& source, Instant now) {
    if (!rules_.enabled) return false;
    Family& family = families_[source.is_v4() ? 0 : 1];
    family.expire(now);
    if (const auto found = family.sentences.find(source); found != family.sentences.end())
        return found->second.enforced;
    return rules_.overflow_denies_all && family.sentences.size() >= rules_.max_sources;
}

}  // namespace nacre::server
