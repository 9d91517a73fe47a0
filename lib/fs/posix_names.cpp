#include "fs/posix_names.hpp"

#include <grp.h>
#include <pwd.h>

#include <cerrno>
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
        if (error != ERANGE) return error == 0;
    }
    return false;
}

std::string find_user(std::uint32_t uid) {
    std::string name;
    with_buffer([&](char* buffer, std::size_t size) {
        passwd entry{};
        passwd* found = nullptr;
        const int error = ::getpwuid_r(uid, &entry, buffer, size, &found);
        if (error == 0 && found != nullptr) name = found->pw_name;
        return error;
    });
    return name;
}

std::string find_group(std::uint32_t gid) {
    std::string name;
    with_buffer([&](char* buffer, std::size_t size) {
        group entry{};
        group* found = nullptr;
        const int error = ::getgrgid_r(gid, &entry, buffer, size, &found);
        if (error == 0 && found != nullptr) name = found->gr_name;
        return error;
    });
    return name;
}

template <class Find>
std::string remembered(std::mutex& mutex, std::unordered_map<std::uint32_t, std::string>& map,
                       std::uint32_t id, Find&& find) {
    {
        const std::lock_guard lock(mutex);
        if (const auto it = map.find(id); it != map.end()) return it->second;
    }
    std::string name = find(id);
    const std::lock_guard lock(mutex);
    if (map.size() >= PosixNames::kMaxNames) map.clear();
    map[id] = name;
    return name;
}

}  // namespace

std::string PosixNames::user(std::uint32_t uid) {
    return remembered(mutex_, users_, uid, find_user);
}

std::string PosixNames::group(std::uint32_t gid) {
    return remembered(mutex_, groups_, gid, find_group);
}

bool PosixNames::knows(std::uint32_t uid, std::uint32_t gid) {
    const std::lock_guard lock(mutex_);
    return users_.count(uid) != 0 && groups_.count(gid) != 0;
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
