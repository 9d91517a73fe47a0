#include <nacre/crypto/certificate.hpp>
#include <nacre/wire/reader.hpp>
#include <nacre/wire/writer.hpp>

#include <algorithm>
#include <array>

namespace nacre {

namespace {

constexpr std::size_t kNonceSize = 32;

using Options = std::vector<CertificateOption>;

Bytes packed(const std::vector<std::string>& principals) {
    Bytes bytes;
    for (const std::string& name : principals) Writer(bytes).string(name);
    return bytes;
}

Bytes packed(Options& options) {
    std::sort(options.begin(), options.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    Bytes bytes;
    for (const CertificateOption& option : options)
        Writer(bytes).string(option.name).string(ByteView(option.data));
    return bytes;
}

/// What the authority signs.
Bytes unsigned_part(Certificate& fields, Signer& authority, Rng& rng) {
    Reader key(fields.key);
    const auto type = key.text();
    std::array<std::uint8_t, kNonceSize> nonce{};
    rng.fill(nonce);
    Bytes blob;
    Writer(blob)
        .string(certificate_name(type))
        .string(ByteView(nonce))
        .bytes(key.rest())
        .u64(fields.serial)
        .u32(static_cast<std::uint32_t>(fields.kind))
        .string(fields.key_id)
        .string(ByteView(packed(fields.principals)))
        .u64(fields.valid_after)
        .u64(fields.valid_before)
        .string(ByteView(packed(fields.critical_options)))
        .string(ByteView(packed(fields.extensions)))
        .string(ByteView(fields.reserved))
        .string(authority.public_blob());
    return blob;
}

}  // namespace

void sign_certificate(Certificate fields, Signer& authority, std::string_view algorithm, Rng& rng,
                      Reply<Bytes> reply) {
    Bytes blob = unsigned_part(fields, authority, rng);
    // What a reader would refuse is not signed: it is read with a signature of nothing.
    Bytes tried = blob;
    Writer(tried).string(ByteView());
    if (const auto readable = parse_certificate(tried); !readable) {
        Error error = readable.error();
        if (error.code == Errc::peer_malformed) error.code = Errc::local_misuse;
        return reply(error);
    }
    const auto known = authority.algorithms();
    if (algorithm.empty() && !known.empty()) algorithm = known.front();
    // What is signed is copied, or used inside the call, so the blob may move on with the answer.
    const Bytes data = blob;
    authority.sign(data, algorithm,
                   Reply<Signature>::from([blob = std::move(blob), reply = std::move(reply)](
                                              Result<Signature>&& signature) mutable {
                       if (!signature) return reply(signature.error());
                       Writer(blob).string(ByteView(signature->blob));
                       reply(std::move(blob));
                   }));
}

Bytes option_text(std::string_view text) {
    Bytes data;
    Writer(data).string(text);
    return data;
}

}  // namespace nacre
