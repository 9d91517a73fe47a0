// Keys of X.509 certificates: their blobs and their signatures.
#include "support/det_rng.hpp"
#include "support/vec_file.hpp"
#include "unit/keys/x509_fixture.hpp"

#include <nacre/crypto/certificate.hpp>
#include <nacre/wire/reader.hpp>
#include <nacre/wire/writer.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

constexpr std::string_view kData = "data";

Errc code_of(ByteView blob) {
    const auto key = botan_provider().public_key(blob);
    return key ? Errc::internal : key.error().code;
}

Bytes sign(Signer& signer) {
    Bytes blob;
    signer.sign(as_bytes(kData), signer.algorithms().front(),
                Reply<Signature>::from([&](Result<Signature>&& signature) {
                    REQUIRE(signature.has_value());
                    blob = std::move(signature->blob);
                }));
    return blob;
}

/// string name, u32 certificates, the certificates, u32 responses, the responses.
Bytes blob_of(std::string_view name, const std::vector<Bytes>& certificates,
              const std::vector<Bytes>& responses = {}) {
    return x509_blob(X509Algorithm{name, {}, {}, {}}, certificates, responses);
}

}  // namespace

TEST_CASE("x509: keys and signatures that others made", "[crypto][x509]") {
    for (const auto& vector : load_vec("x509.vec")) {
        const std::string type = vector.text("type");
        INFO(type);
        const Bytes blob = vector.bytes("blob");
        const auto key = botan_provider().public_key(blob);
        REQUIRE(key.has_value());
        CHECK((*key)->type() == type);
        CHECK((*key)->x509()->type == type);
        CHECK((*key)->blob().size() == blob.size());
        CHECK(std::vector<std::string_view>((*key)->algorithms().begin(),
                                            (*key)->algorithms().end()) ==
              std::vector<std::string_view>{type});
        const auto plain = public_half("openssh-" + vector.text("file"));
        CHECK((*key)->x509()->key == plain.blob);
        CHECK(same_bytes(plain_blob(**key), plain.blob));
        CHECK((*key)->bits() == (*botan_provider().public_key(plain.blob))->bits());

        Bytes signature = vector.bytes("signature");
        CHECK((*key)->verify(type, as_bytes(kData), signature));
        CHECK(signature_name(type) == Reader(signature).text());
        CHECK_FALSE((*key)->verify(type, as_bytes("date"), signature));
        CHECK_FALSE((*key)->verify(plain.type, as_bytes(kData), signature));
        for (std::size_t size = 0; size < signature.size(); ++size)
            CHECK_FALSE((*key)->verify(type, as_bytes(kData), ByteView(signature).first(size)));
        signature.push_back(0);
        CHECK_FALSE((*key)->verify(type, as_bytes(kData), signature));
    }
}

TEST_CASE("x509: a signer shows its certificates", "[crypto][x509]") {
    for (const X509Algorithm& algorithm : x509_algorithms()) {
        INFO(algorithm.name);
        const std::string name = key_name(algorithm);
        const auto chain = x509_certificates("user-" + name);
        const auto plain = plain_signer("pem-" + name);
        const auto signer = make_x509_signer(plain, algorithm.name, chain, botan_provider());
        REQUIRE(signer.has_value());
        CHECK((*signer)->type() == algorithm.name);
        CHECK((*signer)->immediate() == plain->immediate());
        const auto key = botan_provider().public_key((*signer)->public_blob());
        REQUIRE(key.has_value());
        CHECK((*key)->x509()->certificates.size() == (algorithm.bare ? 1 : 2));
        const Bytes signature = sign(**signer);
        CHECK(Reader(signature).text() == algorithm.signature_name);
        CHECK((*key)->verify(algorithm.name, as_bytes(kData), signature));
        (*signer)->sign(as_bytes(kData), algorithm.algorithm,
                        Reply<Signature>::from([&](Result<Signature>&& answer) {
                            CHECK(answer.has_value() == (algorithm.algorithm == algorithm.name));
                        }));
        // The certificate of another key of this type.
        if (name == "rsa" || name == "ecdsa256") {
            const auto other = x509_certificates(name == "rsa" ? "authority" : "root");
            const auto wrong = make_x509_signer(plain, algorithm.name, other, botan_provider());
            REQUIRE_FALSE(wrong.has_value());
            CHECK(wrong.error().code == Errc::local_failed);
        }
        CHECK_FALSE(make_x509_signer(plain, algorithm.name, {}, botan_provider()));
        CHECK_FALSE(make_x509_signer(plain, "x509v3-new", chain, botan_provider()));
    }
}

TEST_CASE("x509: DSA signatures of the old name have either form", "[crypto][x509]") {
    const auto chain = x509_certificates("user-dsa");
    const auto key = x509_key("x509v3-sign-dss", chain);
    const auto plain = plain_signer("pem-dsa");
    for (int i = 0; i < 40; ++i) {
        // Numbers of every length: leading zeros and leading ones.
        const std::string data = "data " + std::to_string(i);
        Bytes raw, der;
        plain->sign(as_bytes(data), "ssh-dss",
                    Reply<Signature>::from([&](Result<Signature>&& signature) {
                        Reader reader(signature->blob);
                        reader.text();
                        Writer(raw).string("x509v3-sign-dss").string(reader.string());
                    }));
        const auto signer = make_x509_signer(plain, "x509v3-sign-dss", chain, botan_provider());
        (*signer)->sign(as_bytes(data), "x509v3-sign-dss",
                        Reply<Signature>::from([&](Result<Signature>&& signature) {
                            der = std::move(signature->blob);
                        }));
        CHECK(raw != der);
        CHECK(key->verify("x509v3-sign-dss", as_bytes(data), raw));
        CHECK(key->verify("x509v3-sign-dss", as_bytes(data), der));
    }
}

TEST_CASE("x509: algorithms are off by default", "[crypto][x509]") {
    for (const X509Algorithm& algorithm : x509_algorithms()) {
        const auto* info = find_algorithm(botan_provider(), Algorithm::host_key, algorithm.name);
        REQUIRE(info != nullptr);
        CHECK_FALSE(info->by_default);
        CHECK(info->insecure == algorithm.insecure);
        const auto* plain =
            find_algorithm(botan_provider(), Algorithm::host_key, algorithm.algorithm);
        REQUIRE(plain != nullptr);
        CHECK(plain->insecure == algorithm.insecure);
    }
}

TEST_CASE("x509: malformed blobs are refused", "[crypto][x509]") {
    constexpr std::string_view kType = "x509v3-ecdsa-sha2-nistp256";
    const auto chain = x509_certificates("user-ecdsa256");
    REQUIRE(chain.size() == 2);
    const Bytes good = blob_of(kType, chain);
    CHECK(code_of(good) == Errc::internal);
    for (std::size_t size = 0; size < good.size(); ++size) {
        const auto key = botan_provider().public_key(ByteView(good).first(size));
        CHECK_FALSE(key.has_value());
    }
    Bytes longer = good;
    longer.push_back(0);
    CHECK(code_of(longer) == Errc::peer_malformed);

    CHECK(code_of(blob_of(kType, {})) == Errc::peer_malformed);
    CHECK(code_of(blob_of(kType, {chain[0], Bytes()})) == Errc::peer_malformed);
    CHECK(code_of(blob_of(kType, {chain[0]}, {Bytes{1}})) == Errc::internal);
    CHECK(code_of(blob_of(kType, {chain[0]}, {Bytes{1}, Bytes{2}})) == Errc::peer_malformed);
    CHECK(code_of(blob_of(kType, {chain[0]}, {Bytes()})) == Errc::peer_malformed);
    CHECK(code_of(blob_of("x509v3-sign-rsa", chain)) == Errc::unsupported);
    CHECK(code_of(blob_of("x509v3-ssh-rsa", chain)) == Errc::peer_malformed);
    CHECK(code_of(blob_of("x509v3-ecdsa-sha2-nistp384", chain)) == Errc::peer_malformed);
    CHECK(code_of(blob_of(kType, {Bytes{0x30, 0}})) == Errc::peer_malformed);

    // Not DER, something behind it, PEM, and the same in an authority's certificate.
    Bytes behind = chain[0];
    behind.push_back(0);
    const std::string pem = key_file("x509/user-no-extensions.pem");
    for (const Bytes& wrong : {Bytes{1, 2, 3}, behind, to_bytes(as_bytes(pem))}) {
        CHECK(code_of(blob_of(kType, {wrong})) == Errc::peer_malformed);
        CHECK(code_of(blob_of(kType, {chain[0], wrong})) == Errc::peer_malformed);
    }
    CHECK(code_of(behind) == Errc::peer_malformed);

    const std::vector<Bytes> most(kMaxX509Certificates, chain[0]);
    CHECK(code_of(blob_of(kType, most)) == Errc::internal);
    std::vector<Bytes> more = most;
    more.push_back(chain[0]);
    CHECK(code_of(blob_of(kType, more)) == Errc::peer_limit);
    CHECK(code_of(blob_of(kType, {Bytes(kMaxX509Certificate, 0x30)})) == Errc::peer_malformed);
    CHECK(code_of(blob_of(kType, {Bytes(kMaxX509Certificate + 1, 0x30)})) == Errc::peer_limit);
    CHECK(code_of(Bytes(kMaxX509Certificate + 1, 0x30)) == Errc::peer_limit);
    Bytes many;
    Writer(many).string(kType).u32(0xffffffff).string(chain[0]);
    CHECK(code_of(many) == Errc::peer_malformed);
}

TEST_CASE("x509: keys in certificates are under the rules of plain keys", "[crypto][x509]") {
    const auto code = [](const char* type, const char* name) {
        return code_of(blob_of(type, x509_certificates(name)));
    };
    CHECK(code("x509v3-ssh-dss", "key-dsa2048") == Errc::peer_malformed);
    CHECK(code("x509v3-ecdsa-sha2-nistp256", "key-explicit") == Errc::peer_malformed);
    CHECK(code("x509v3-ecdsa-sha2-nistp256", "key-k1") == Errc::unsupported);
    CHECK(code("x509v3-ecdsa-sha2-nistp256", "key-ed") == Errc::unsupported);
    CHECK(code("x509v3-rsa2048-sha256", "key-rsa1024") == Errc::unsupported);
    CHECK(code("x509v3-ssh-rsa", "key-rsa1024") == Errc::internal);
    const Bytes bare = x509_certificates("user-ecdsa256").front();
    CHECK(code_of(bare) == Errc::unsupported);

    // The size that a session asks for is that of the key in the certificate.
    const auto short_one = x509_key("x509v3-ssh-rsa", x509_certificates("key-rsa1024"));
    CHECK(rsa_bits(short_one->blob()) == 0);
    CHECK(rsa_bits(short_one->blob(), botan_provider()) == 1024);
    const auto old_one = x509_key("x509v3-sign-rsa", x509_certificates("key-rsa1024"));
    CHECK(rsa_bits(old_one->blob(), botan_provider()) == 1024);
    CHECK(rsa_bits(public_half("openssh-rsa").blob, botan_provider()) == 2048);
    CHECK(rsa_bits(x509_key("x509v3-ssh-dss", x509_certificates("user-dsa"))->blob(),
                   botan_provider()) == 0);
    CHECK(rsa_bits(Bytes{0x30}, botan_provider()) == 0);
}

TEST_CASE("x509: flipped bits never crash and never verify as another key", "[crypto][x509]") {
    DetRng rng(19);
    for (const char* type : {"x509v3-ecdsa-sha2-nistp256", "x509v3-rsa2048-sha256"}) {
        const X509Algorithm& algorithm = *find_x509_algorithm(type);
        const Bytes good = blob_of(type, x509_certificates("user-" + key_name(algorithm)));
        int parsed = 0;
        for (int i = 0; i < 1000; ++i) {
            Bytes bad = good;
            const Bytes at = rng.bytes(3);
            const std::size_t bit =
                (std::size_t{at[0]} << 16 | std::size_t{at[1]} << 8 | at[2]) % (8 * bad.size());
            bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ 1u << bit % 8);
            const auto key = botan_provider().public_key(bad);
            if (!key) continue;
            ++parsed;
            CHECK((*key)->type() == type);
            CHECK(same_bytes((*key)->blob(), bad));
        }
        CHECK(parsed > 0);
    }
}
