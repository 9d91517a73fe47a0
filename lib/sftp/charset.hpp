/// \file
/// Names between UTF-8 and a server's character set.
#pragma once
#include <nacre/base/result.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace nacre::sftp {

/// One thread at a time.
class Charset {
  public:
    static Result<Charset> make(std::string_view name);

    const std::string& name() const noexcept { return name_; }

    /// The bytes of a path. Error: invalid_filename.
    Result<std::string> path_to_disk(std::string_view utf8) const;

    struct Wire {
        std::string text;   ///< UTF-8
        bool exact = true;  ///< false: there are stand-ins for bytes that mean nothing
    };
    /// A name without '/', "." and ".." apart.
    Wire name_to_wire(std::string_view name) const;
    std::string path_to_wire(std::string_view path) const;

  private:
    struct Converter;  // iconv's
    Charset() = default;

    Result<std::string> name_to_disk(std::string_view utf8) const;
    Result<std::string> bytes_of(std::string_view utf8) const;
    bool is_plain(std::string_view text) const noexcept;

    std::string name_;
    std::shared_ptr<Converter> to_disk_, to_utf8_;
    bool has_ascii_ = false;  ///< printable ASCII is itself, in both directions
};

}  // namespace nacre::sftp
