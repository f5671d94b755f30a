import type { PeerCertificate } from 'node:tls';

/** The DNS names and URIs of a certificate (RFC 5280 §4.2.1.6). */
export function certificateNames(certificate: Pick<Partial<PeerCertificate>, 'subjectaltname'>): string[] {
  const names = certificate.subjectaltname ?? '';
  // Node quotes a name with a comma, which could contain a forged name: such a certificate counts as having none.
  if (names.includes('"')) return [];
  return names
    .split(', ')
    .flatMap((name) =>
      name.startsWith('DNS:') || name.startsWith('URI:') ? [name.slice('DNS:'.length)] : [],
    );
}
