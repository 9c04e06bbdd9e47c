// An AWS account, by its id.
import * as z from 'zod/mini';

export const accountIdSchema = z.string().check(z.regex(/^[0-9]{12}$/, 'expected an account id of 12 digits'));
