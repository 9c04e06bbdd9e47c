// EC2's StateReason as one text.

/** "Code: Message"; EC2's messages mostly begin with the code already. Undefined where EC2 gives no message. */
export function stateReason(reason: { Code?: string; Message?: string } | undefined): string | undefined {
  const { Code, Message } = reason ?? {};
  return !Message || !Code || Message.startsWith(Code) ? Message : `${Code}: ${Message}`;
}
