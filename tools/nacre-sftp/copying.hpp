/// \file
/// Files and folders from the server and to it.
#pragma once
#include "remote.hpp"

#include <nacre/crypto/provider.hpp>

#include <string>
#include <vector>

namespace nacre::tools {

/// How get and put go about it.
struct CopyOptions {
    bool recursive = false;
    bool keep = false;      ///< times and modes
    bool resume = false;    ///< what is there is the beginning
    bool verify = false;    ///< and is compared first, where the server has check-file
    bool progress = false;  ///< a bar, on a terminal
};

/// Copies what fits the pattern `from` to the local path `to`: a new name, or a folder. Returns
/// what is wrong, or "".
std::string get_files(Remote& remote, const Provider& provider, const CopyOptions& options,
                      const std::string& from, const std::string& to);
/// The other way round.
std::string put_files(Remote& remote, const Provider& provider, const CopyOptions& options,
                      const std::string& from, const std::string& to);

}  // namespace nacre::tools
