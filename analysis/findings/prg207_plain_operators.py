"""PRG207: a type that nothing in sight declares is taken for a number."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG207",
    name="plain-operators",
    kind="assumption",
    summary="The plan assumes that the operators of a type touch nothing but their operands.",
    meaning="""
        C++ lets a class say what `+`, `=` or `<` does with its objects. A parameter of a template, or a type from a
        header that is not in sight, may be such a class. The loop was judged as if it were a number.
        """,
    relevance="""
        For numbers, and for classes like complex numbers or small vectors, the assumption holds. It does not for
        classes that count their operations, record them for differentiation, or share what they hold: there the
        operators of two iterations race.
        """,
    examples=(
        Example(
            language="cpp",
            before="""
                template <typename T>
                void scale(int n, T *x, T factor) {
                    for (int i = 0; i < n; i++)
                        x[i] *= factor;
                }
                """,
            says="the operators of `T` touch nothing but their operands, as those of numbers do",
            change="With a type in sight nothing needs to be assumed:",
            after="""
                void scale(int n, double *x, double factor) {
                    for (int i = 0; i < n; i++)
                        x[i] *= factor;
                }
                """,
        ),
    ),
    resolution="""
        - Have the plan verified: the program is compiled and run with the types that it really uses.
        - Show the type: include its header by a path within the project, or name it in compile_commands.json.
        """,
    certainty="""
        A loop with this assumption is a candidate, never proved. Operators whose bodies are in sight are followed, and
        no assumption is made of them.
        """,
)
