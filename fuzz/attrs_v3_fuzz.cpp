// An input is an ATTRS of SFTP version 3.
#include "fuzz.hpp"
#include "sftp/attrs_v3.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace nacre;
    Reader reader({data, size});
    const auto attrs = sftp::read_attrs_v3(reader);
    if (!reader.ok()) return 0;

    // What we write is what we read, in a form that stays.
    Bytes once;
    sftp::write_attrs_v3(once, attrs);
    Reader again(once);
    const auto same = sftp::read_attrs_v3(again);
    NACRE_FUZZ_CHECK(again.done());
    NACRE_FUZZ_CHECK(same.size == attrs.size && same.uid == attrs.uid && same.gid == attrs.gid);
    NACRE_FUZZ_CHECK(same.permissions == attrs.permissions && same.type == attrs.type);
    NACRE_FUZZ_CHECK(same.atime == attrs.atime && same.mtime == attrs.mtime);
    Bytes twice;
    sftp::write_attrs_v3(twice, same);
    NACRE_FUZZ_CHECK(same_bytes(once, twice));
    return 0;
}
