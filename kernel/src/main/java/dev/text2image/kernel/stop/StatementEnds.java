package dev.text2image.kernel.stop;

import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** Puts calls of {@link Statements} around a static method without arguments, whether it returns or throws. */
final class StatementEnds extends MethodVisitor {
    /** What JShell names the method that holds a statement of a cell. */
    static final String STATEMENT = "do_it$";

    private static final Object[] NOTHING = {};

    private final Label start = new Label();
    private final Label end = new Label();

    StatementEnds(MethodVisitor next) {
        super(Opcodes.ASM9, next);
    }

    @Override
    public void visitCode() {
        super.visitCode();
        call("starts");
        super.visitLabel(start);
    }

    @Override
    public void visitInsn(int opcode) {
        if (opcode >= Opcodes.IRETURN && opcode <= Opcodes.RETURN) {
            call("ends");
        }
        super.visitInsn(opcode);
    }

    @Override
    public void visitMaxs(int maxStack, int maxLocals) {
        super.visitLabel(end);
        super.visitTryCatchBlock(start, end, end, null);
        super.visitFrame(Opcodes.F_FULL, 0, NOTHING, 1, new Object[] {"java/lang/Throwable"});
        call("ends");
        super.visitInsn(Opcodes.ATHROW);
        super.visitMaxs(Math.max(1, maxStack), maxLocals);
    }

    private void call(String method) {
        super.visitMethodInsn(Opcodes.INVOKESTATIC, "dev/text2image/kernel/stop/Statements", method, "()V", false);
    }
}
