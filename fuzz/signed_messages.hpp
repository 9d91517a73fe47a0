/// \file
/// One good signature of each kind of key and each algorithm, over the same message. Keys are those
/// in tests/keys; what needs a device or an authority is put together here.
#pragma once
#include "fuzz.hpp"
#include "keys/pem.hpp"
#include "support/det_rng.hpp"
#include "support/tests_dir.hpp"

#include <nacre/crypto/botan.hpp>
#include <nacre/crypto/certificate.hpp>
#include <nacre/crypto/x509.hpp>
#include <nacre/keys/load_key.hpp>
#include <nacre/wire/reader.hpp>
#include <nacre/wire/writer.hpp>

#include <fstream>
#include <iterator>
#include <string>

namespace nacre::fuzz {

struct SignedMessage {
    std::string algorithm;
    Bytes signature;
    std::shared_ptr<const PublicKey> key;
};

constexpr std::string_view kSignedText = "what was signed";
/// As a browser would wrap it: the challenge is the text in base64url.
constexpr std::string_view kClientData =
    R"({"type":"webauthn.get","challenge":"d2hhdCB3YXMgc2lnbmVk","origin":"https://example.com"})";

class SignedMessages {
  public:
    static const SignedMessages& get() {
        static const SignedMessages messages;
        return messages;
    }
    std::vector<SignedMessage> all;
    Bytes authority;  ///< blob of the key that signed the certificates

  private:
    SignedMessages() {
        for (const char* file :
             {"ed25519", "ecdsa256", "ecdsa384", "ecdsa521", "ed448", "rsa", "dsa"})
            add_all(*signer_of(file));
        add_security_key("sk-ssh-ed25519@openssh.com", "ed25519");
        add_security_key("sk-ecdsa-sha2-nistp256@openssh.com", "ecdsa256");
        add_security_key("webauthn-sk-ecdsa-sha2-nistp256@openssh.com", "ecdsa256");
        test::DetRng rng(5);
        auto made = botan_provider().generate("ssh-ed25519", 0, rng);
        NACRE_FUZZ_CHECK(made.has_value());
        const auto signer = *botan_provider().signer(*made);
        authority = to_bytes(signer->public_blob());
        for (const char* file : {"ed25519", "ecdsa256", "rsa"}) add_certificate(file, *signer, rng);
        for (const char* file : {"rsa", "ecdsa256", "ecdsa384", "ecdsa521", "dsa"}) add_x509(file);
    }

    static std::string contents(const std::string& name) {
        std::ifstream in(test::tests_dir() + "/keys/" + name, std::ios::binary);
        if (!in.is_open()) std::fprintf(stderr, "NACRE_TESTS_DIR is not the folder tests/\n");
        NACRE_FUZZ_CHECK(in.is_open());
        return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    }
    static std::shared_ptr<Signer> signer_of(const std::string& file) {
        const auto key = load_key(as_bytes(contents("openssh-" + file)));
        NACRE_FUZZ_CHECK(key && key->is_private());
        auto signer = botan_provider().signer(key->private_keys.front());
        NACRE_FUZZ_CHECK(signer.has_value());
        return *signer;
    }
    static Bytes sign(Signer& signer, std::string_view algorithm, ByteView data) {
        Bytes blob;
        signer.sign(data, algorithm, Reply<Signature>::from([&](Result<Signature>&& signature) {
                        NACRE_FUZZ_CHECK(signature.has_value());
                        blob = std::move(signature->blob);
                    }));
        return blob;
    }
    static std::shared_ptr<const PublicKey> public_key(ByteView blob) {
        auto key = botan_provider().public_key(blob);
        NACRE_FUZZ_CHECK(key.has_value());
        return *key;
    }

    void add_all(Signer& signer) {
        const auto key = public_key(signer.public_blob());
        for (const auto algorithm : signer.algorithms())
            all.push_back(
                {std::string(algorithm), sign(signer, algorithm, as_bytes(kSignedText)), key});
    }

    static Bytes sha256(std::string_view text) {
        const auto hash = botan_provider().hash("SHA-256");
        NACRE_FUZZ_CHECK(hash.has_value());
        Bytes digest((*hash)->size());
        (*hash)->update(as_bytes(text));
        (*hash)->finish(digest);
        return digest;
    }
    /// What a device would answer (OpenSSH PROTOCOL.u2f), by a key in memory.
    void add_security_key(std::string_view algorithm, const std::string& file) {
        constexpr std::string_view kApplication = "ssh:";
        constexpr std::uint8_t kTouched = 1;
        constexpr std::uint32_t kCounter = 7;
        const bool browser = algorithm.starts_with("webauthn-");
        const auto type = algorithm.substr(browser ? std::string_view("webauthn-").size() : 0);
        const auto signer = signer_of(file);

        Reader plain(signer->public_blob());
        plain.string();
        Bytes blob;
        Writer(blob).string(type).bytes(plain.rest()).string(kApplication);

        Bytes data = sha256(kApplication);
        Writer(data).u8(kTouched).u32(kCounter);
        append(data, sha256(browser ? kClientData : kSignedText));
        const Bytes inner = sign(*signer, signer->type(), data);
        Reader reader(inner);
        reader.string();
        Bytes signature;
        Writer writer(signature);
        writer.string(algorithm).string(reader.string()).u8(kTouched).u32(kCounter);
        if (browser)
            writer.string(std::string_view("https://example.com"))
                .string(kClientData)
                .string(std::string_view());
        all.push_back({std::string(algorithm), signature, public_key(blob)});
    }

    void add_certificate(const std::string& file, Signer& signed_by, Rng& rng) {
        const auto signer = signer_of(file);
        Certificate fields;
        fields.key = to_bytes(signer->public_blob());
        fields.serial = 17;
        fields.key_id = "alice's";
        fields.principals = {"alice", "bob"};
        fields.extensions = {{"permit-pty", {}}};
        sign_certificate(std::move(fields), signed_by, {}, rng,
                         Reply<Bytes>::from([&](Result<Bytes>&& blob) {
                             NACRE_FUZZ_CHECK(blob.has_value());
                             add_all(**make_certificate_signer(signer, *blob));
                         }));
    }

    void add_x509(const std::string& file) {
        const std::string pem = contents("x509/user-" + file + ".pem");
        std::vector<Bytes> certificates;
        detail::PemBlocks blocks(pem);
        while (auto block = blocks.next()) {
            NACRE_FUZZ_CHECK(detail::decode_pem(*block).has_value());
            certificates.push_back(to_bytes(block->body.view()));
        }
        const auto signer = signer_of(file);
        for (const auto& algorithm : x509_algorithms()) {
            if (algorithm.key_type != signer->type()) continue;
            const auto both =
                make_x509_signer(signer, algorithm.name, certificates, botan_provider());
            NACRE_FUZZ_CHECK(both.has_value());
            add_all(**both);
        }
    }
};

}  // namespace nacre::fuzz
