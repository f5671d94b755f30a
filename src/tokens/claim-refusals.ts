import { refuseToken } from './token-refusal.ts';

/** Refusals that every kind of token shares; none tells what would have been accepted. */
export const BAD_SIGNATURE = refuseToken('its signature does not verify');
export const WRONG_ISSUER = refuseToken('its issuer is not the one expected here');
export const WRONG_AUDIENCE = refuseToken('its audience is not the one expected here');
export const BAD_CLAIMS = refuseToken('a claim that it needs is missing or malformed');
