#include "patterns.hpp"

#include "remote.hpp"
#include "words.hpp"

#include <nacre/sftp/tree_transfer.hpp>

#include <fnmatch.h>
#include <glob.h>

#include <algorithm>

namespace nacre::tools {

namespace {

/// Paths taken of one pattern.
constexpr std::size_t kMaxMatches = 100'000;

/// Adds what fits below `folder` ("" or ending with '/'), component by component.
void match(Remote& remote, const std::string& folder, std::string_view pattern,
           std::vector<std::string>& found) {
    const std::size_t begin = std::min(pattern.find_first_not_of('/'), pattern.size());
    if (begin != 0) {
        match(remote, folder + std::string(pattern.substr(0, begin)), pattern.substr(begin), found);
        return;
    }
    const std::size_t slash = std::min(pattern.find('/'), pattern.size());
    const std::string part(pattern.substr(0, slash));
    const std::string_view rest = pattern.substr(slash);
    if (!is_pattern(part)) {
        const std::string path = folder + plain(part);
        if (!rest.empty()) return match(remote, path, rest, found);
        if (part.empty() || remote.attrs(path, sftp::Follow::no)) found.push_back(path);
        return;
    }
    const auto entries = remote.list(folder);
    if (!entries) return;
    std::vector<std::string> names;
    for (const auto& entry : *entries) {
        if (sftp::is_plain_name(entry.name) &&
            ::fnmatch(part.c_str(), entry.name.c_str(), FNM_PERIOD) == 0)
            names.push_back(entry.name);
    }
    std::sort(names.begin(), names.end());
    for (const auto& name : names) {
        if (found.size() >= kMaxMatches) return;
        if (rest.empty()) {
            found.push_back(folder + name);
        } else {
            match(remote, folder + name, rest, found);
        }
    }
}

}  // namespace

std::vector<std::string> remote_matches(Remote& remote, const std::string& word) {
    std::vector<std::string> found;
    if (is_pattern(word)) match(remote, "", word, found);
    if (found.empty()) found.push_back(plain(word));
    return found;
}

std::vector<std::string> local_matches(const std::string& word) {
    std::vector<std::string> found;
    glob_t matches{};
    if (is_pattern(word) && ::glob(word.c_str(), 0, nullptr, &matches) == 0)
        found.assign(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
    ::globfree(&matches);
    if (found.empty()) found.push_back(plain(word));
    return found;
}

}  // namespace nacre::tools
