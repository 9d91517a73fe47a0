// Target functions: parse_x509_blob, Provider::public_key, X509Trust::check.
// An input is a key's blob. Trust anchors are its own last certificate and the root of
// tests/keys/x509, so that a path is there to be looked at.
#include "fuzz.hpp"
#include "keys/pem.hpp"

#include <nacre/crypto/botan.hpp>
#include <nacre/crypto/certificate.hpp>
#include <nacre/keys/public_key.hpp>
#include <nacre/keys/x509_trust.hpp>

using namespace nacre;

namespace {

constexpr char kRoot[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBcjCCARigAwIBAgICEAEwCgYIKoZIzj0EAwIwHzEOMAwGA1UECgwFTmFjcmUx\n"
    "DTALBgNVBAMMBHJvb3QwIBcNMjYxMTIyMTkzMTA1WhgPMjEyNjEwMjkxOTMxMDVa\n"
    "MB8xDjAMBgNVBAoMBU5hY3JlMQ0wCwYDVQQDDARyb290MFkwEwYHKoZIzj0CAQYI\n"
    "KoZIzj0DAQcDQgAExOyjfnmTYqYo2+25n2L0eCq4jp3F1f7PXSv4IOvqdE26fAOp\n"
    "r1fscJwBb8I24kG0X5bhuxw1fyd31jHfWnrQgKNCMEAwDwYDVR0TAQH/BAUwAwEB\n"
    "/zAOBgNVHQ8BAf8EBAMCAQYwHQYDVR0OBBYEFPH+nw5itgwCef/TZ4kcJp0/1Ymu\n"
    "MAoGCCqGSM49BAMCA0gAMEUCIQC/T29JJ2bzWc6tPFB9Vxo3arnoXj99ntcT4zvj\n"
    "VDm2zgIgFSu+S7EOmAbhEy06OSIhrHtCDmuQ5vYLGIM+6nRQ5Gg=\n"
    "-----END CERTIFICATE-----\n";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView blob(data, size);
    const auto chain = parse_x509_blob(blob);
    const auto key = botan_provider().public_key(blob);
    if (!chain) {
        NACRE_FUZZ_CHECK(!key || (*key)->x509() == nullptr);
        return 0;
    }
    NACRE_FUZZ_CHECK(!chain->certificates.empty());
    NACRE_FUZZ_CHECK(chain->certificates.size() <= kMaxX509Certificates);
    NACRE_FUZZ_CHECK(chain->ocsp_responses.size() <= chain->certificates.size());
    if (const auto* algorithm = find_x509_algorithm(chain->type))
        NACRE_FUZZ_CHECK(
            same_bytes(x509_blob(*algorithm, chain->certificates, chain->ocsp_responses), blob));
    if (!key) return 0;
    NACRE_FUZZ_CHECK((*key)->x509() != nullptr);
    NACRE_FUZZ_CHECK(same_bytes((*key)->blob(), blob));
    const X509Algorithm* algorithm = find_x509_algorithm((*key)->type());
    NACRE_FUZZ_CHECK(algorithm != nullptr);
    const auto plain = botan_provider().public_key(plain_blob(**key));
    NACRE_FUZZ_CHECK(plain && (*plain)->type() == algorithm->key_type);

    const auto pem = detail::write_pem("CERTIFICATE", chain->certificates.back());
    const auto trust = make_x509_trust(kRoot + std::string(as_text(pem->view())));
    if (!trust) return 0;
    X509Use use;
    use.host = "host.example";
    use.now = std::chrono::system_clock::from_time_t(1'900'000'000);  // in 2030
    for (const auto purpose : {X509Purpose::client, X509Purpose::server}) {
        use.purpose = purpose;
        static_cast<void>((*trust)->check(**key, use));
    }
    return 0;
}
