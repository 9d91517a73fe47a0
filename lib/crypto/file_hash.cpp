#include <nacre/crypto/file_hash.hpp>

#include <zlib.h>

#include <utility>

namespace nacre {
namespace {

class Crc32 final : public Hash {
  public:
    std::size_t size() const noexcept override { return 4; }
    void update(ByteView data) noexcept override {
        crc_ = ::crc32_z(crc_, data.data(), data.size());
    }
    void finish(ByteSpan out) noexcept override {
        store_be32(out.data(), static_cast<std::uint32_t>(std::exchange(crc_, 0)));
    }

  private:
    uLong crc_ = 0;
};

constexpr std::pair<std::string_view, std::string_view> kNames[] = {
    {"md5", "MD5"},        {"sha1", "SHA-1"},     {"sha224", "SHA-224"},
    {"sha256", "SHA-256"}, {"sha384", "SHA-384"}, {"sha512", "SHA-512"},
};

}  // namespace

std::unique_ptr<Hash> make_file_hash(const Provider& provider, std::string_view name) {
    if (name == "crc32") return std::make_unique<Crc32>();
    for (const auto& [wire_name, provider_name] : kNames) {
        if (wire_name != name) continue;
        auto hash = provider.hash(provider_name);
        return hash ? std::move(hash).value() : nullptr;
    }
    return nullptr;
}

}  // namespace nacre
