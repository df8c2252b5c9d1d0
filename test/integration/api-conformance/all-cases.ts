import { admissionCases } from './cases/admission.ts';
import { kubectlCases } from './cases/kubectl.ts';
import { objectCases } from './cases/objects.ts';
import { validationCases } from './cases/validation.ts';

export const ALL_CASES = [...admissionCases, ...kubectlCases, ...objectCases, ...validationCases];
