/* The variable at_customLinkMax of the AT firmware's library, of which the emulator has nothing else: linked if the firmware names it. Own
 * text of emu8266, MIT licence. */
#include <stdint.h>

uint8_t at_customLinkMax = 5;
