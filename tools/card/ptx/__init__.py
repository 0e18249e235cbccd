"""PTX as C: each kernel becomes a function that plays a whole grid on the processor.

``reading`` makes ``records`` of a text; ``frame`` knows where a function's names live in C; ``operands`` reads and
writes them; ``table`` says of most instructions what they are in C; ``memory``, ``conversions``, ``meetings`` and
``calls`` say it of the others; ``writing`` puts all together. What is not known is an `UnknownError`, never something
else.
"""
