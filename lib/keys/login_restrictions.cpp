#include <nacre/keys/login_restrictions.hpp>

#include <algorithm>

namespace nacre {

namespace {

/// Either when the other is not set, nothing when both are and differ.
template <class T>
bool merge(std::optional<T>& into, const std::optional<T>& other) {
    if (into && other) return *into == *other;
    if (!into) into = other;
    return true;
}

/// Patterns that are in both lists. One that merely covers another is not looked for: the result
/// may allow less than it could, never more.
void intersect(std::optional<std::vector<std::string>>& into,
               const std::optional<std::vector<std::string>>& other) {
    if (into && other) {
        std::erase_if(*into, [&](const std::string& pattern) {
            return std::find(other->begin(), other->end(), pattern) == other->end();
        });
    } else if (other) {
        into = other;
    }
}

constexpr Error conflict(const char* what) noexcept {
    return {Errc::peer_refused, Disconnect::none, 0, what};
}

}  // namespace

Result<LoginRestrictions> narrower(const LoginRestrictions& a, const LoginRestrictions& b) {
    LoginRestrictions both = a;
    if (!merge(both.force_command, b.force_command))
        return conflict("two different forced commands");
    if (!merge(both.tunnel, b.tunnel)) return conflict("two different tunnels");
    both.pty = a.pty && b.pty;
    both.agent_forwarding = a.agent_forwarding && b.agent_forwarding;
    both.port_forwarding = a.port_forwarding && b.port_forwarding;
    both.x11_forwarding = a.x11_forwarding && b.x11_forwarding;
    both.user_rc = a.user_rc && b.user_rc;
    both.touch_required = a.touch_required || b.touch_required;
    both.verify_required = a.verify_required || b.verify_required;
    intersect(both.permit_open, b.permit_open);
    intersect(both.permit_listen, b.permit_listen);
    for (const auto& variable : b.environment) {
        const auto same_name = [&](const auto& known) { return known.first == variable.first; };
        if (std::none_of(both.environment.begin(), both.environment.end(), same_name))
            both.environment.push_back(variable);
    }
    return both;
}

}  // namespace nacre
