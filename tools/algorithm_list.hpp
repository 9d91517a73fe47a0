/// \file
/// Lists of algorithms as users write them.
#pragma once
#include <nacre/crypto/provider.hpp>

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace nacre::tools {

/// The compression methods, as if the provider had them.
std::span<const AlgorithmInfo> compression_methods() noexcept;

/// Those that are on by default, in order of preference.
std::vector<std::string> default_names(std::span<const AlgorithmInfo> known);

/// The names that `list` selects from `known`, in order of preference: `a,b` exactly these, `+a,b`
/// the defaults and these, `-a,b` the defaults without these (`*` and `?` match), `^a,b` these
/// and then the defaults. Or what is wrong with the list: an unknown name, a repeated one, nothing
/// left.
std::variant<std::vector<std::string>, std::string> select_algorithms(
    std::string_view list, std::span<const AlgorithmInfo> known);

/// Those of `names` that are known to be weak, to warn of.
std::vector<std::string> insecure_names(const std::vector<std::string>& names,
                                        std::span<const AlgorithmInfo> known);

/// What is wrong with these two lists together, or nothing: the names of RFC 5647 must stand in
/// both.
std::string fault_of_pair(const std::vector<std::string>& ciphers,
                          const std::vector<std::string>& macs, const Provider& provider);

/// The names of host and user keys, those of X.509 first and, but for weak ones, on by default: for
/// who gives the files that X.509 needs.
std::vector<AlgorithmInfo> with_x509(const Provider& provider);

}  // namespace nacre::tools
