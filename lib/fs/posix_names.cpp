#include "fs/posix_names.hpp"

#include <grp.h>
#include <pwd.h>

#include <cerrno>
#include <charconv>
#include <vector>

namespace nacre::fs {
namespace {

constexpr std::size_t kFirstBuffer = 1024;
constexpr std::size_t kMaxBuffer = 1024 * 1024;

/// Calls `get`(buffer, size) with more memory each time, as long as it asks for more.
template <class F>
bool with_buffer(F&& get) {
    for (std::size_t size = kFirstBuffer; size <= kMaxBuffer; size *= 4) {
        std::vector<char> buffer(size);
        const int error = get(buffer.data(), buffer.size());
        // The second and the third are how some name services say that there is none.
        if (error != ERANGE) return error == 0 || error == ENOENT || error == ESRCH;
    }
    return false;
}

/// Whether the look-up succeeded, be it that there is no name.
bool find_user(std::uint32_t uid, std::string& name) {
    return with_buffer([&](char* buffer, std::size_t size) {
        passwd entry{};
        passwd* found = nullptr;
        const int error = ::getpwuid_r(uid, &entry, buffer, size, &found);
        if (error == 0 && found != nullptr) name = found->pw_name;
        return error;
    });
}

bool find_group(std::uint32_t gid, std::string& name) {
    return with_buffer([&](char* buffer, std::size_t size) {
        group entry{};
        group* found = nullptr;
        const int error = ::getgrgid_r(gid, &entry, buffer, size, &found);
        if (error == 0 && found != nullptr) name = found->gr_name;
        return error;
    });
}

std::optional<std::uint32_t> uid_of(const std::string& name) {
    std::optional<std::uint32_t> uid;
    with_buffer([&](char* buffer, std::size_t size) {
        passwd entry{};
        passwd* found = nullptr;
        const int error = ::getpwnam_r(name.c_str(), &entry, buffer, size, &found);
        if (error == 0 && found != nullptr) uid = found->pw_uid;
        return error;
    });
    return uid;
}

std::optional<std::uint32_t> gid_of(const std::string& name) {
    std::optional<std::uint32_t> gid;
    with_buffer([&](char* buffer, std::size_t size) {
        group entry{};
        group* found = nullptr;
        const int error = ::getgrnam_r(name.c_str(), &entry, buffer, size, &found);
        if (error == 0 && found != nullptr) gid = found->gr_gid;
        return error;
    });
    return gid;
}

std::optional<std::uint32_t> decimal(const std::string& text) noexcept {
    std::uint32_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, number);
    // The highest one means "as it is" to the system.
    if (error != std::errc() || at != end || number == UINT32_MAX) return std::nullopt;
    return number;
}

template <class F>
std::optional<std::uint32_t> find_id(const std::string& who, F&& find) {
    if (who.empty() || who.size() > PosixNames::kMaxName || who.find('\0') != std::string::npos)
        return std::nullopt;
    if (auto id = find(who)) return id;
    const auto at = who.find('@');
    if (at != std::string::npos && at != 0) return find(who.substr(0, at));
    return decimal(who);
}

}  // namespace

std::string PosixNames::remembered(Map& map, std::uint32_t id, Find find) {
    {
        const std::lock_guard lock(mutex_);
        if (const auto it = map.find(id); it != map.end() && now_() < it->second.until)
            return it->second.name;
    }
    std::string name;
    if (!find(id, name)) return {};
    const std::lock_guard lock(mutex_);
    if (map.size() >= kMaxNames) map.clear();
    map[id] = {name, now_() + (name.empty() ? kKeptMissing : kKept)};
    return name;
}

std::string PosixNames::known(Map& map, std::uint32_t id) {
    const std::lock_guard lock(mutex_);
    const auto it = map.find(id);
    return it != map.end() && now_() < it->second.until ? it->second.name : std::string();
}

std::string PosixNames::known_user(std::uint32_t uid) {
    return known(users_, uid);
}

std::string PosixNames::known_group(std::uint32_t gid) {
    return known(groups_, gid);
}

std::optional<std::uint32_t> PosixNames::find_uid(const std::string& who) {
    return find_id(who, uid_of);
}

std::optional<std::uint32_t> PosixNames::find_gid(const std::string& who) {
    return find_id(who, gid_of);
}

std::string PosixNames::user(std::uint32_t uid) {
    return remembered(users_, uid, find_user);
}

std::string PosixNames::group(std::uint32_t gid) {
    return remembered(groups_, gid, find_group);
}

bool PosixNames::knows(std::uint32_t uid, std::uint32_t gid) {
    const std::lock_guard lock(mutex_);
    const auto now = now_();
    const auto fresh = [now](const Map& map, std::uint32_t id) {
        const auto it = map.find(id);
        return it != map.end() && now < it->second.until;
    };
    return fresh(users_, uid) && fresh(groups_, gid);
}

std::string Names::user(std::uint32_t uid) const {
    std::string name = source == Source::look_up ? names->user(uid)
                       : source == Source::known ? names->known_user(uid)
                                                 : std::string();
    return name.empty() ? std::to_string(uid) : name;
}

std::string Names::group(std::uint32_t gid) const {
    std::string name = source == Source::look_up ? names->group(gid)
                       : source == Source::known ? names->known_group(gid)
                                                 : std::string();
    return name.empty() ? std::to_string(gid) : name;
}

std::string home_of_user(const std::string& name) {
    std::string home;
    with_buffer([&](char* buffer, std::size_t size) {
        passwd entry{};
        passwd* found = nullptr;
        const int error = ::getpwnam_r(name.c_str(), &entry, buffer, size, &found);
        if (error == 0 && found != nullptr) home = found->pw_dir;
        return error;
    });
    return home;
}

}  // namespace nacre::fs
