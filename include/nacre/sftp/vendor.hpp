/// \file
/// What programs tell of themselves in "vendor-id" (draft-ietf-secsh-filexfer-06 s4.4).
#pragma once
#include <cstdint>
#include <string>

namespace nacre::sftp {

struct VendorId {
    std::string vendor, product, version;
    std::uint64_t build = 0;
};

}  // namespace nacre::sftp
