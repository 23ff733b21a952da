/** The package that JShell puts the classes of cells into; here is what their code finds in it. */
@NullMarked
package REPL;

import org.jspecify.annotations.NullMarked;
