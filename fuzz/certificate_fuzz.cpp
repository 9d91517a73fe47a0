// Target functions: parse_certificate, Provider::public_key, decide_user_certificate,
// check_host_certificate.
// An input is a certificate's blob. The policy trusts whoever signed it, so that every rule behind
// that one has its turn.
#include "fuzz.hpp"

#include <nacre/crypto/botan.hpp>
#include <nacre/keys/certificate_policy.hpp>
#include <nacre/keys/public_key.hpp>

using namespace nacre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView blob(data, size);
    const auto certificate = parse_certificate(blob);
    const auto key = botan_provider().public_key(blob);
    if (!certificate) {
        NACRE_FUZZ_CHECK(!key || (*key)->certificate() == nullptr);
        return 0;
    }
    NACRE_FUZZ_CHECK(is_certificate_name(certificate->type));
    NACRE_FUZZ_CHECK(certificate->signed_size <= size);
    NACRE_FUZZ_CHECK(certificate->principals.size() <= kMaxCertificatePrincipals);
    if (!key) return 0;
    NACRE_FUZZ_CHECK((*key)->certificate() != nullptr);
    NACRE_FUZZ_CHECK(same_bytes((*key)->blob(), blob));
    NACRE_FUZZ_CHECK(same_bytes(plain_blob(**key), certificate->key));

    CertificatePolicy policy;
    policy.authorities.push_back({certificate->authority, {}, {}});
    const auto first = std::min(certificate->valid_after, std::uint64_t{1} << 32);
    CertificateUse use;
    use.origin.address = "192.0.2.7";
    use.origin.now = std::chrono::system_clock::from_time_t(static_cast<std::time_t>(first));
    if (!certificate->principals.empty()) use.name = certificate->principals.front();
    const auto decided = decide_user_certificate(policy, **key, use, botan_provider());
    if (decided) {
        NACRE_FUZZ_CHECK(certificate->kind == CertificateKind::user);
        NACRE_FUZZ_CHECK(certificate->valid_after < certificate->valid_before);
        NACRE_FUZZ_CHECK(check_certificate_signature(**key, {}, botan_provider()));
    }
    const auto host = check_host_certificate(**key, use, {}, botan_provider());
    if (host) NACRE_FUZZ_CHECK(certificate->kind == CertificateKind::host);
    return 0;
}
