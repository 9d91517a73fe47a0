/// \file
/// A folder in which mounts appear.
#pragma once
#include <nacre/sftp/file.hpp>
#include <nacre/sftp/filesystem.hpp>

#include <memory>
#include <string>
#include <vector>

namespace nacre::sftp {

/// What a made-up folder is.
Attrs made_up_folder();

/// A name that is a mount or leads to one.
struct MountedName {
    std::string name;
    std::shared_ptr<Filesystem> filesystem;  ///< null: it only leads to one
};

/// \param inner  the folder in the mount below, or null: there is none. Entries of it that have the
///   name of a mount are left out
std::shared_ptr<Directory> make_mounted_directory(std::shared_ptr<Directory> inner,
                                                  std::vector<MountedName> names);

}  // namespace nacre::sftp
