/* Functions of lengths one instruction apart: of some the next one begins right at the end. */
#define NOP "nop\n"
void user_init(void) { __asm__ volatile(NOP); }
void two(void) { __asm__ volatile(NOP NOP); }
void three(void) { __asm__ volatile(NOP NOP NOP); }
void four(void) { __asm__ volatile(NOP NOP NOP NOP); }
void five(void) { __asm__ volatile(NOP NOP NOP NOP NOP); }
void six(void) { __asm__ volatile(NOP NOP NOP NOP NOP NOP); }
void seven(void) { __asm__ volatile(NOP NOP NOP NOP NOP NOP NOP); }
void eight(void) { __asm__ volatile(NOP NOP NOP NOP NOP NOP NOP NOP); }
