// Target functions: read_attrs_v4, write_attrs_v4, read_acl, write_acl.
// An input is a byte that chooses the version, 4 to 6, and an ATTRS, access control list included.
#include "fuzz.hpp"
#include "sftp/acl_wire.hpp"
#include "sftp/attrs_v4.hpp"

using namespace nacre;

namespace {

void check_acl(ByteView bytes, std::uint32_t version) {
    Reader reader(bytes);
    const auto acl = sftp::read_acl(reader, version);
    if (!reader.ok()) return;
    NACRE_FUZZ_CHECK(acl.entries.size() <= sftp::Acl::kMaxEntries);
    // Written as a string: what is in it is what was read.
    Bytes once;
    sftp::write_acl(once, acl, version);
    Reader written(once);
    const ByteView field = written.string();
    NACRE_FUZZ_CHECK(written.done());
    NACRE_FUZZ_CHECK(field.size() <= bytes.size() && same_bytes(field, bytes.first(field.size())));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::FuzzInput input(data, size);
    const auto version = static_cast<std::uint32_t>(4 + input.below(3));
    const sftp::Dialect dialect{version};
    const ByteView bytes = input.rest();
    check_acl(bytes, version);

    Reader reader(bytes);
    const auto attrs = sftp::read_attrs_v4(reader, dialect);
    if (!reader.ok()) return 0;
    Bytes once;
    sftp::write_attrs_v4(once, attrs, dialect);
    Reader again(once);
    const auto same = sftp::read_attrs_v4(again, dialect);
    NACRE_FUZZ_CHECK(again.done());
    NACRE_FUZZ_CHECK(same.size == attrs.size && same.permissions == attrs.permissions);
    NACRE_FUZZ_CHECK(same.type == attrs.type && same.mtime == attrs.mtime);
    Bytes twice;
    sftp::write_attrs_v4(twice, same, dialect);
    NACRE_FUZZ_CHECK(same_bytes(once, twice));
    return 0;
}
