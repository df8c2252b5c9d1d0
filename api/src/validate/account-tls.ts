import type { UserRule } from './rule.ts';

export const checkAccountTls: UserRule = ({ spec: { tls } }) =>
  tls.require === 'x509' || (tls.issuer === undefined && tls.subject === undefined)
    ? []
    : [
        {
          field: 'spec.tls.require',
          reason: 'FieldValueInvalid',
          message:
            'must be x509, or be left out, beside issuer or subject: they are of a certificate',
        },
      ];
