#include "algorithm_list.hpp"

#include <nacre/crypto/x509.hpp>

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>

namespace nacre::tools {

namespace {

using Names = std::vector<std::string>;

bool contains(const Names& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

void append(Names& to, const Names& from) {
    for (const auto& name : from)
        if (!contains(to, name)) to.push_back(name);
}

Names split(std::string_view list) {
    Names names;
    std::size_t begin = 0;
    while (begin <= list.size()) {
        const std::size_t end = std::min(list.find(',', begin), list.size());
        names.emplace_back(list.substr(begin, end - begin));
        begin = end + 1;
    }
    return names;
}

Names without(const Names& names, const Names& patterns) {
    Names left;
    for (const auto& name : names) {
        const auto matches = [&](const std::string& pattern) {
            return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
        };
        if (std::none_of(patterns.begin(), patterns.end(), matches)) left.push_back(name);
    }
    return left;
}

}  // namespace

std::span<const AlgorithmInfo> compression_methods() noexcept {
    static constexpr std::array<AlgorithmInfo, 3> kMethods{{
        {"none", true, false, false},
        {"zlib@openssh.com", true, false, false},
        {"zlib", false, false, false},
    }};
    return kMethods;
}

std::vector<std::string> default_names(std::span<const AlgorithmInfo> known) {
    Names names;
    for (const auto& info : known)
        if (info.by_default) names.emplace_back(info.name);
    return names;
}

std::variant<std::vector<std::string>, std::string> select_algorithms(
    std::string_view list, std::span<const AlgorithmInfo> known) {
    char sign = '=';
    if (!list.empty() && std::string_view("+-^").find(list.front()) != std::string_view::npos) {
        sign = list.front();
        list.remove_prefix(1);
    }
    const Names named = split(list);
    if (sign == '-') {
        auto left = without(default_names(known), named);
        if (left.empty()) return "no algorithm is left";
        return left;
    }
    for (const auto& name : named) {
        const auto same = [&](const AlgorithmInfo& info) { return info.name == name; };
        if (std::none_of(known.begin(), known.end(), same))
            return "unknown algorithm '" + name + "'";
        if (std::count(named.begin(), named.end(), name) > 1)
            return "algorithm named twice: '" + name + "'";
    }
    Names chosen;
    if (sign == '+') append(chosen, default_names(known));
    append(chosen, named);
    if (sign == '^') append(chosen, default_names(known));
    return chosen;
}

std::vector<std::string> insecure_names(const std::vector<std::string>& names,
                                        std::span<const AlgorithmInfo> known) {
    Names weak;
    for (const auto& info : known)
        if (info.insecure && contains(names, info.name)) weak.emplace_back(info.name);
    return weak;
}

std::string fault_of_pair(const std::vector<std::string>& ciphers,
                          const std::vector<std::string>& macs, const Provider& provider) {
    for (const auto& info : provider.algorithms(Algorithm::mac))
        if (info.aead && contains(ciphers, info.name) != contains(macs, info.name))
            return std::string(info.name) + " must be named in --ciphers and in --macs";
    return {};
}

std::vector<AlgorithmInfo> with_x509(const Provider& provider) {
    std::vector<AlgorithmInfo> all;
    const auto known = provider.algorithms(Algorithm::host_key);
    const auto is_x509 = [](const AlgorithmInfo& info) {
        return find_x509_algorithm(info.name) != nullptr;
    };
    std::copy_if(known.begin(), known.end(), std::back_inserter(all), is_x509);
    for (AlgorithmInfo& info : all) info.by_default = !info.insecure;
    std::copy_if(known.begin(), known.end(), std::back_inserter(all), std::not_fn(is_x509));
    return all;
}

}  // namespace nacre::tools
