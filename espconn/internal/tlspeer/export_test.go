package tlspeer

// RequestMessageLen gives tests the length of a CertificateRequest message.
func RequestMessageLen(c *CertificateRequest, version uint16) int { return len(c.message(version)) }
