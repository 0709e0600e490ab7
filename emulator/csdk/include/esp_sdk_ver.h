/* The version of the SDK in the form that the build scripts of esp-open-sdk add to it, and that projects made with it ask for: an
 * octal number, 020100 for 2.1.0. Own text of emu8266, MIT licence. */
#ifndef ESP_SDK_VER_H
#define ESP_SDK_VER_H

#include "c_types.h"

#if EMU8266_SDK >= 30000
#define ESP_SDK_VERSION 030000
#elif EMU8266_SDK >= 20200
#define ESP_SDK_VERSION 020200
#elif EMU8266_SDK >= 20100
#define ESP_SDK_VERSION 020100
#else
#define ESP_SDK_VERSION 020000
#endif

#endif
