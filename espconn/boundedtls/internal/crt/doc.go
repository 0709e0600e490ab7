package crt
