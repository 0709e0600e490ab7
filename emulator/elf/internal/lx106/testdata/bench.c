/* Programs for the tests and benchmarks of the core. */
typedef unsigned int u32;
typedef unsigned char u8;

u8 buffer[1024];
u32 digest[8];

/* The CRC-32 of IEEE 802.3 of the first n bytes of buffer, bit by bit, taken rounds times. */
u32 crc32(u32 n, u32 rounds)
{
    u32 crc = 0;
    while (rounds--) {
        crc = ~0u;
        for (u32 i = 0; i < n; i++) {
            crc ^= buffer[i];
            for (int k = 0; k < 8; k++)
                crc = crc & 1 ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
        }
        crc = ~crc;
    }
    return crc;
}

static const u32 K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static u32 rotate(u32 x, int n) { return x >> n | x << (32 - n); }

static void block(const u8 *p)
{
    u32 w[64], h[8];
    for (int i = 0; i < 16; i++, p += 4)
        w[i] = (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
    for (int i = 16; i < 64; i++) {
        u32 a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + w[i - 7] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
    }
    for (int i = 0; i < 8; i++)
        h[i] = digest[i];
    for (int i = 0; i < 64; i++) {
        u32 t = h[7] + (rotate(h[4], 6) ^ rotate(h[4], 11) ^ rotate(h[4], 25)) + ((h[4] & h[5]) ^ (~h[4] & h[6])) + K[i] + w[i];
        u32 u = (rotate(h[0], 2) ^ rotate(h[0], 13) ^ rotate(h[0], 22)) + ((h[0] & h[1]) ^ (h[0] & h[2]) ^ (h[1] & h[2]));
        for (int j = 7; j > 0; j--)
            h[j] = h[j - 1];
        h[4] += t;
        h[0] = t + u;
    }
    for (int i = 0; i < 8; i++)
        digest[i] += h[i];
}

/* The SHA-256 of the first n bytes of buffer, which are whole blocks with the padding in them, taken rounds times, into digest. */
void sha256(u32 n, u32 rounds)
{
    static const u32 start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    while (rounds--) {
        for (int i = 0; i < 8; i++)
            digest[i] = start[i];
        for (u32 i = 0; i < n; i += 64)
            block(buffer + i);
    }
}

static u32 __attribute__((noinline)) odd(u32 x) { return x * 3 + 1; }
static u32 __attribute__((noinline)) even(u32 x) { return x >> 1; }
static u32 (*const step[2])(u32) = {even, odd};

/* The steps that all numbers below n take to 1 (Collatz): short blocks, branches, calls, also through a table. */
u32 branches(u32 n)
{
    u32 steps = 0;
    for (u32 i = 1; i < n; i++) {
        u32 x = i;
        while (x != 1) {
            if (x % 4 == 0)
                x = even(even(x)), steps++;
            else if (x & 1)
                x = odd(x);
            else
                x = step[x & 1](x);
            steps++;
        }
    }
    return steps;
}
