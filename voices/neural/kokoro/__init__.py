"""Kokoro-82M (hexgrad, Apache-2.0): the network, written here batched and masked, and what surrounds it.

`config` and `phonemes` load no library. The arithmetic is that of StyleTTS 2 (Li et al. 2023) with an iSTFTNet decoder
(Kaneko et al. 2022), as the published weights want it; parameters have the names of its checkpoint.
"""
