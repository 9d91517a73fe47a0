#include "sftp/lexical_path.hpp"

#include <algorithm>

namespace nacre::sftp {
namespace {

/// Walks down `path` from `result`, which is absolute, without its last '/'.
void walk(std::string& result, std::string_view path) {
    while (!path.empty()) {
        const auto end = std::min(path.find('/'), path.size());
        const auto name = path.substr(0, end);
        path.remove_prefix(std::min(end + 1, path.size()));
        if (name.empty() || name == ".") continue;
        if (name == "..") {
            result.resize(result.empty() ? 0 : result.rfind('/'));
        } else {
            result.append(1, '/').append(name);
        }
    }
}

}  // namespace

std::string lexically_absolute(std::string_view path, std::string_view home) {
    std::string result;
    if (!path.starts_with('/')) walk(result, home);
    walk(result, path);
    if (result.empty()) result += '/';
    return result;
}

bool is_at_or_below(std::string_view path, std::string_view folder) noexcept {
    if (folder == "/") return true;
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

std::string path_below(std::string_view folder, std::string_view name) {
    std::string path(folder == "/" ? std::string_view() : folder);
    path.append(1, '/').append(name);
    return path;
}

}  // namespace nacre::sftp
