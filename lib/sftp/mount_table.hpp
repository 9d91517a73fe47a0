/// \file
/// Which mount a path belongs to.
#pragma once
#include <nacre/sftp/mounted_filesystem.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace nacre::sftp {

class MountTable {
  public:
    /// \param mounts  as make_mounted_filesystem() takes them
    static Result<MountTable> make(std::vector<Mount> mounts, std::string_view home);

    /// What a path means.
    struct Place {
        std::string path;              ///< as the client sees it, absolute, without ".", ".."
        const Mount* mount = nullptr;  ///< null: below no mount
        std::string inner;             ///< the path in the mount
        bool is_mount = false;         ///< it is the mount's own folder
        bool leads_to_mount = false;   ///< there are mounts below it

        /// Such folders are there whatever the mount says, and stay.
        bool fixed() const noexcept { return is_mount || leads_to_mount; }
    };
    Place find(std::string_view path) const;
    /// What a path in a mount is to the client.
    static std::string outer(const Mount& mount, std::string_view inner);
    /// The names in a folder that are mounts or lead to some; each once, in order.
    std::vector<std::string> names_in(std::string_view folder) const;

    const std::vector<Mount>& mounts() const noexcept { return mounts_; }
    const std::string& home() const noexcept { return home_; }

  private:
    std::vector<Mount> mounts_;  // by folder
    std::string home_;
};

}  // namespace nacre::sftp
