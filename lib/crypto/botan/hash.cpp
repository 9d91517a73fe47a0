#include "crypto/botan/hash.hpp"

#include <botan/hash.h>

#include <algorithm>

namespace nacre::detail {
namespace {

constexpr std::string_view kNames[] = {"MD5", "SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512"};

class BotanHash final : public Hash {
  public:
    explicit BotanHash(std::unique_ptr<Botan::HashFunction> hash)
        : hash_(std::move(hash)), size_(hash_->output_length()) {}

    std::size_t size() const noexcept override { return size_; }
    void update(ByteView data) noexcept override { hash_->update(data); }
    void finish(ByteSpan out) noexcept override { hash_->final(out); }

  private:
    std::unique_ptr<Botan::HashFunction> hash_;
    std::size_t size_;
};

}  // namespace

Result<std::unique_ptr<Hash>> make_hash(std::string_view name) {
    if (std::find(std::begin(kNames), std::end(kNames), name) == std::end(kNames))
        return Error{Errc::unsupported, Disconnect::none, 0, "unknown hash function"};
    std::unique_ptr<Hash> hash =
        std::make_unique<BotanHash>(Botan::HashFunction::create_or_throw(name));
    return hash;
}

}  // namespace nacre::detail
