#include "crypto/botan/key_base.hpp"

#include "crypto/botan/guard.hpp"

#include <nacre/wire/reader.hpp>
#include <nacre/wire/writer.hpp>

#include <algorithm>

namespace nacre::detail {

Bytes make_signature(std::string_view algorithm, ByteView data) {
    Bytes blob;
    Writer(blob).string(algorithm).string(data);
    return blob;
}

std::optional<ByteView> signature_data(std::string_view algorithm, ByteView signature) noexcept {
    Reader reader(signature);
    const auto name = reader.text();
    const auto data = reader.string();
    if (!reader.done() || name != algorithm) return std::nullopt;
    return data;
}

std::optional<Bytes> left_padded(ByteView magnitude, std::size_t width) {
    if (magnitude.size() > width) return std::nullopt;
    Bytes padded(width - magnitude.size());
    append(padded, magnitude);
    return padded;
}

void MemorySigner::sign(ByteView data, std::string_view algorithm, Reply<Signature> reply) {
    const auto known = algorithms();
    if (std::find(known.begin(), known.end(), algorithm) == known.end()) {
        reply(Error{Errc::unsupported, Disconnect::none, 0, "no such algorithm for this key type"});
        return;
    }
    reply(guarded(kKeyFailed, [&]() -> Result<Signature> {
        Signature signature{make_signature(algorithm, compute(data, algorithm))};
        if (proves_itself() && !public_->verify(algorithm, data, signature.blob)) return kKeyFailed;
        return signature;
    }));
}

}  // namespace nacre::detail
