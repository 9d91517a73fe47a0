// An input is the data of an extension in VERSION, or of an EXTENDED_REPLY.
#include "fuzz.hpp"
#include "sftp/announce.hpp"
#include "sftp/extensions_draft.hpp"
#include "sftp/extensions_openssh.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace nacre;
    const ByteView input(data, size);
    static_cast<void>(sftp::read_supported(input));
    static_cast<void>(sftp::read_supported2(input));
    static_cast<void>(sftp::read_versions(input));
    static_cast<void>(sftp::read_newline(input));
    static_cast<void>(sftp::read_acl_supported(input));
    static_cast<void>(sftp::read_vendor_id(input));
    static_cast<void>(sftp::read_md5_hash(input));
    static_cast<void>(sftp::read_space_available(input));
    static_cast<void>(sftp::read_statvfs(input));
    static_cast<void>(sftp::read_limits(input));
    static_cast<void>(sftp::read_users_groups(input));
    if (const auto reply = sftp::read_check_file(input)) {
        // No byte is in two digests.
        std::size_t total = 0;
        for (const auto digest : reply->digests) total += digest.size();
        NACRE_FUZZ_CHECK(total <= size);
    }
    return 0;
}
